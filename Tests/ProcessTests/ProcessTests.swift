internal import Testing

/// Tests of the real program: processes, sockets, signals, a real model.
///
/// They run one after the other, since each may use all cores.
@Suite("Processes", .serialized, .timeLimit(.minutes(5)))
struct ProcessTests {}
