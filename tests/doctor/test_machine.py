import pytest

from jaxcnn.doctor import _machine as doctor

GIB = 2**30


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({}, None),
    ],
)
def test_the_containers_share_of_the_cores(tmp_path, files, quota):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert doctor.cpu_quota(tmp_path) == quota


@pytest.mark.parametrize(
    ("quota", "advised"), [(None, False), (4.0, False), (1.5, True), (0.5, True)]
)
def test_cores_that_a_container_does_not_get(quota, advised):
    finding = doctor.judge_cores(usable=4, total=8, quota=quota, environ={"OMP_NUM_THREADS": "1"})
    assert finding.found.startswith("4 of 8 (OMP_NUM_THREADS=1)")
    assert ["call jaxcnn.set_up(1)" in text for text in finding.advice] == [True] * advised


@pytest.mark.parametrize(
    ("cpuinfo", "found", "advised"),
    [
        ("model name: x\nflags\t\t: sse avx avx2 fma\nflags\t: sse\n", "avx, avx2, fma", False),
        ("flags : sse avx\n", "avx", True),
        ("flags : sse\n", "no AVX", True),
        ("", "x86_64", False),
    ],
)
def test_vector_instructions(cpuinfo, found, advised):
    finding = doctor.judge_instructions(cpuinfo, "x86_64")
    assert finding.found.endswith(found)
    assert ["AVX2 and FMA" in text for text in finding.advice] == [True] * advised


def test_free_memory(tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal: 9000 kB\nMemAvailable:    5000 kB\n")
    assert doctor.free_of_system(tmp_path / "meminfo") == 5000 * 1024
    assert doctor.free_of_system(tmp_path / "nowhere") is None
    assert doctor.free_of_container(tmp_path) is None
    (tmp_path / "memory.current").write_text("300\n")
    (tmp_path / "memory.stat").write_text("anon 100\ninactive_file 150\n")
    (tmp_path / "memory.max").write_text("1000\n")
    assert doctor.free_of_container(tmp_path) == 850
    (tmp_path / "memory.max").write_text("max\n")
    assert doctor.free_of_container(tmp_path) is None


@pytest.mark.parametrize(
    ("free", "found", "advised"),
    [(3 * GIB, "3.0 GiB free", False), (GIB, "1.0 GiB free", True), (None, "unknown", False)],
)
def test_little_memory(free, found, advised):
    finding = doctor.judge_memory(free)
    assert finding.found == found
    assert bool(finding.advice) is advised


@pytest.mark.parametrize(
    ("tunables", "system", "is_glibc", "found", "advised"),
    [
        ("", "always [madvise] never", True, "not requested", True),
        ("glibc.malloc.hugetlb=1", "always [madvise] never", True, "hugetlb=1", False),
        ("", "always madvise [never]", True, "switched off", False),
        ("", "", True, "not on this system", False),
        ("", "always [madvise] never", False, "not on this system", False),
    ],
)
def test_huge_pages(tunables, system, is_glibc, found, advised):
    finding = doctor.judge_huge_pages(tunables=tunables, system=system, is_glibc=is_glibc)
    assert found in finding.found
    assert ["glibc.malloc.hugetlb=1" in text for text in finding.advice] == [True] * advised
