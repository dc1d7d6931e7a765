internal import CNNG

/// The memory of messages, which libnng allocates and frees one by one.
package enum MessageMemory {
  /// Makes this process keep the memory of freed messages for later ones.
  ///
  /// Otherwise the memory of a message of some megabytes is returned to the system and requested again, and
  /// the system clears each of its pages, which can take as long as sending the message. The setting applies
  /// to the whole process and its allocator; call this once, early.
  package static func keep() { braid_nng_keep_message_memory(32 << 20) }
}
