from copydesk.model import Scope, new_id
from copydesk.web import auth
from copydesk.web.auth import Caller, Remembered


def test_callers_are_remembered_by_their_token_and_never_too_many() -> None:
    remembered = Remembered()
    caller = Caller(new_id(), "desk", frozenset({Scope.STORIES_WRITE}))
    remembered.put("cdk_a", caller)
    assert remembered.get("cdk_a") == caller
    assert remembered.get("cdk_b") is None
    for number in range(auth._MOST):  # noqa: SLF001 - its bound
        remembered.put(f"cdk_{number}", caller)
    assert remembered.get("cdk_a") is None
