/// Figures of a worker that a model of it has to know.
package enum WorkerFigures {
  /// Chunks that a lane may have in memory at once.
  package static var laneSlots: Int { LaneSchedule.usualSlots }
  /// Frames of a chunk that may be under way at once.
  package static var framesUnderWay: Int { ChunkSender.window }
}
