internal import CNNG

/// The memory of messages, which libnng allocates and frees one by one.
public enum MessageMemory {
  /// Has this process keep the memory of freed messages for later ones.
  ///
  /// A message of some megabytes is otherwise given back to the system and a new one asked for, which
  /// then clears each of its pages: that can take as long as sending it. It is a setting of the whole
  /// process and its allocator; call it once, early.
  public static func keep() { braid_nng_keep_message_memory(32 << 20) }
}
