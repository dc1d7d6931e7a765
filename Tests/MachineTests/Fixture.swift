/// Files of the system as they are on machines of some kinds.
enum Fixture {
  /// Version 2 alone.
  static let unified = [
    "/proc/self/cgroup": "0::/user.slice/job.scope\n",
    "/proc/self/mountinfo": """
    22 27 0:21 / /proc rw,relatime - proc proc rw
    31 23 0:28 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
    """,
  ]

  /// Version 1 with version 2 beside it for naming alone.
  static let versionOne = [
    "/proc/self/cgroup": """
    9:name=systemd:/
    8:pids:/jobs/7
    4:memory:/jobs/7
    2:cpu,cpuacct:/jobs/7
    0::/init.scope

    """,
    "/proc/self/mountinfo": """
    31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
    32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
    35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
    39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
    41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
    """,
  ]

  /// A container of version 1, in which a group far down is mounted as if it were the root.
  static let container = [
    "/proc/self/cgroup": "3:cpu:/docker/4f2a\n",
    "/proc/self/mountinfo":
      "32 31 0:29 /docker/4f2a /sys/fs/cgroup/cpu ro,relatime master:7 - cgroup cgroup rw,cpu\n",
  ]
}
