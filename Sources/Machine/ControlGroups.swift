/// The control groups that a process is in, from its own up to the root of each hierarchy, versions 1 and 2.
package struct ControlGroups: Sendable {
  /// The resources that a control group limits.
  package enum Controller: String, Sendable {
    case cpu, memory, pids
  }

  /// A folder of files that show and set limits.
  package struct Folder: Hashable, Sendable {
    /// Its path.
    package var path: String
    /// True if its files are those of version 2.
    package var isUnified: Bool
  }

  private struct Mount {
    var root: [Substring]
    var point: [Substring]
    var isUnified: Bool
    var controllers: Set<Substring>
  }

  private var mounts: [Mount] = []
  /// The path within each hierarchy: by controller, version 2 under the empty name.
  private var paths: [Substring: [Substring]] = [:]

  /// Finds the groups of a process and their folders.
  ///
  /// - Parameters:
  ///   - membership: The text of `/proc/self/cgroup`.
  ///   - mounts: The text of `/proc/self/mountinfo`.
  package init(membership: String, mounts: String) {
    for line in membership.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let path = fields[2].split(separator: "/")
      for name in fields[1].split(separator: ",", omittingEmptySubsequences: false) { paths[name] = path }
    }
    for line in mounts.split(separator: "\n") {
      let halves = line.split(separator: " - ", maxSplits: 1)
      guard halves.count == 2 else { continue }
      let (place, kind) = (halves[0].split(separator: " "), halves[1].split(separator: " "))
      guard place.count >= 5, kind.count >= 3, kind[0] == "cgroup" || kind[0] == "cgroup2" else { continue }
      self.mounts.append(
        Mount(
          root: place[3].split(separator: "/"),
          point: place[4].split(separator: "/"),
          isUnified: kind[0] == "cgroup2",
          controllers: Set(kind[2].split(separator: ","))
        )
      )
    }
  }

  /// The folders of the groups whose limits hold for this process.
  ///
  /// - Parameter controller: The limited resource.
  /// - Returns: The process's own group first, then those above it as far as they can be seen.
  package func folders(of controller: Controller) -> [Folder] {
    mounts.flatMap { mount -> [Folder] in
      let name = Substring(mount.isUnified ? "" : controller.rawValue)
      guard mount.isUnified || mount.controllers.contains(name), let path = paths[name] else { return [] }
      // A container sees its own group as the root, and may get a path that leads out of what it sees.
      let isBelow = path.starts(with: mount.root) && !path.contains("..")
      let inner = isBelow ? Array(path.dropFirst(mount.root.count)) : []
      return (0...inner.count).reversed().map { depth in
        let parts = mount.point + inner.prefix(depth)
        return Folder(path: "/" + parts.joined(separator: "/"), isUnified: mount.isUnified)
      }
    }
  }
}
