from bench import machine


def test_the_processor_is_named() -> None:
    assert machine.processor("processor\t: 0\nmodel name\t: Some CPU @ 2.50GHz\n") == "Some CPU @ 2.50GHz"
    assert machine.processor("") is None


def test_a_kernel_is_named_without_its_builder() -> None:
    assert machine.release("6.18.44-acme-42+host") == "6.18.44"
    assert machine.release("?") == "unknown"


def test_nothing_names_the_host() -> None:
    described = machine.describe("18.4", "Valkey 9.1.2")
    assert set(described) == {"cores", "CPU", "memory", "kernel", "Python", "PostgreSQL", "broker"}


def test_a_machine_without_load_is_not_busy() -> None:
    assert not machine.is_busy(0.0)
    assert machine.is_busy(10_000.0)


def test_what_multiplies_eight_bits_is_the_fastest_that_is_there() -> None:
    assert "AVX-512 VNNI" in machine.multiplies("flags\t\t: fpu avx2 avx512_vnni avx512f\n")
    assert "without VNNI" in machine.multiplies("processor\t: 0\nflags\t\t: fpu avx2\n")
    assert "not known" in machine.multiplies("")
    assert machine.vectors().endswith(" here.")
