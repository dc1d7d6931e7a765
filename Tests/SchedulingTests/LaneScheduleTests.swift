internal import Scheduling
internal import Testing

@Suite("What a lane does next")
struct LaneScheduleTests {
  @Test func theNextLeaseIsAskedForNearTheEndOfAChunk() {
    var schedule = LaneSchedule(slots: 2)
    #expect(schedule.steps() == [.ask(slot: 0)])
    #expect(schedule.steps().isEmpty, "one request at a time")
    schedule.granted(slot: 0)
    #expect(schedule.steps() == [.run(slot: 0)])
    #expect(schedule.steps().isEmpty, "too early for another lease")
    schedule.nearEnd(slot: 0)
    #expect(schedule.steps() == [.ask(slot: 1)])
    schedule.granted(slot: 1)
    #expect(schedule.steps().isEmpty, "the lane is busy")
    schedule.computed(slot: 0)
    #expect(schedule.steps() == [.run(slot: 1)])
    #expect(!schedule.isOver)
  }

  @Test func aSlotIsFreeOnceItsChunkIsComputedAndSent() {
    for isSentFirst in [false, true] {
      var schedule = LaneSchedule(slots: 2)
      _ = schedule.steps()
      schedule.granted(slot: 0)
      _ = schedule.steps()
      schedule.nearEnd(slot: 0)
      _ = schedule.steps()
      schedule.granted(slot: 1)
      if isSentFirst { schedule.sent(slot: 0) } else { schedule.computed(slot: 0) }
      #expect(schedule.steps() == (isSentFirst ? [] : [.run(slot: 1)]))
      schedule.nearEnd(slot: 1)
      #expect(schedule.steps().isEmpty, "there is no slot for a third chunk")
      if isSentFirst { schedule.computed(slot: 0) } else { schedule.sent(slot: 0) }
      #expect(schedule.steps() == (isSentFirst ? [.run(slot: 1)] : [.ask(slot: 0)]))
    }
  }

  @Test func aMarkThatComesLateIsNotTheNextChunks() {
    var schedule = LaneSchedule(slots: 2)
    _ = schedule.steps()
    schedule.granted(slot: 0)
    _ = schedule.steps()
    schedule.computed(slot: 0)
    #expect(schedule.steps() == [.ask(slot: 1)], "the lane is free, so there is nothing to wait for")
    schedule.granted(slot: 1)
    #expect(schedule.steps() == [.run(slot: 1)])
    schedule.nearEnd(slot: 0)
    schedule.sent(slot: 0)
    #expect(schedule.steps().isEmpty)
  }

  @Test func whatCannotBeWorkedOnIsAskedForAgain() {
    var schedule = LaneSchedule(slots: 2)
    _ = schedule.steps()
    schedule.notGranted(slot: 0)
    #expect(schedule.steps() == [.ask(slot: 0)])
  }

  @Test func whatHasBeenTakenOnIsFinishedBeforeTheEnd() {
    var schedule = LaneSchedule(slots: 2)
    _ = schedule.steps()
    schedule.granted(slot: 0)
    _ = schedule.steps()
    schedule.nearEnd(slot: 0)
    _ = schedule.steps()
    schedule.drain(slot: 1)
    #expect(schedule.steps().isEmpty && !schedule.isOver)
    schedule.computed(slot: 0)
    #expect(schedule.steps().isEmpty && !schedule.isOver)
    schedule.sent(slot: 0)
    #expect(schedule.steps().isEmpty && schedule.isOver)
  }

  @Test func theEndIsNearInTheLastTenth() {
    #expect(LaneSchedule.nearEnd(of: 1000) == 900)
    #expect(LaneSchedule.nearEnd(of: 1) == 1)
  }
}
