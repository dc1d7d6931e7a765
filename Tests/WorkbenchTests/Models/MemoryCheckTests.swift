internal import CommandLineSupport
internal import KVFormat
internal import Machine
internal import Runtime
internal import Testing
internal import Transformer
internal import Workbench

@Suite("The check of memory before a model is read")
struct MemoryCheckTests {
  /// The sizes of Llama 3.1 8B.
  private static let large = ModelConfiguration(
    architecture: "llama",
    name: "Large",
    layers: 32,
    embedding: 4096,
    feedForward: 14_336,
    heads: 32,
    kvHeads: 8,
    headDimension: 128,
    vocabulary: 128_256,
    contextLength: 131_072,
    normEpsilon: 1e-5,
    rope: RotaryConfiguration(base: 500_000, dimension: 128, pairing: .interleaved)
  )

  private func check(
    _ use: ModelUse,
    memory bytes: Int,
    limit: MemoryAllowance.Limit = .machine,
    supported: [Precision] = Precision.allCases
  ) -> MemoryCheck {
    MemoryCheck(
      configuration: Self.large,
      // As in Q4_K_M.
      tensors: TensorBytes(embeddings: 300_000_000, blocks: 4_200_000_000, head: 430_000_000),
      use: use,
      threads: 16,
      memory: MemoryAllowance([
        .init(.machine, bytes: 1 << 50, taken: 0), .init(limit, bytes: bytes, taken: 0),
      ]),
      supported: supported
    )
  }

  private let gigabyte = 1_000_000_000

  @Test("The need of a large model is that of its parts")
  func need() {
    let bf16 = WeightPlans(.packed(.bf16))
    let worker = check(ModelUse(answers: false, lanes: 8), memory: 0).need(bf16)
    // 6.98 thousand million weights in the blocks.
    #expect((13_900_000_000...14_300_000_000).contains(worker.weights.blocks), "\(worker)")
    #expect(worker.weights.head == 0)
    #expect(worker.weights.loading < 900_000_000)
    // 128 KiB of keys and values a token, two chunks of 1,024 tokens a lane.
    #expect((8 * 268_000_000...8 * 400_000_000).contains(worker.lanes), "\(worker)")
    let cluster = check(ModelUse(answers: true, workers: 2, workerLanes: 8), memory: 0).need(bf16)
    #expect((2 * worker.own...2 * worker.own + 100_000_000).contains(cluster.elsewhere), "\(cluster)")
    #expect((1_050_000_000...1_060_000_000).contains(cluster.weights.head), "\(cluster)")
    #expect(cluster.lanes == 0)
    let int8 = check(ModelUse(answers: false), memory: 0).need(WeightPlans(.packed(.int8)))
    #expect(int8.own < worker.own / 2 + 500_000_000)
    let compact = check(ModelUse(answers: true, workers: 1, workerLanes: 2), memory: 0)
      .need(WeightPlans(.compact))
    // The file twice, the scratch memory of two lanes, and the rest.
    #expect((9_700_000_000...11_500_000_000).contains(compact.total), "\(compact)")
  }

  @Test("What fits is loaded as it was asked for, without a word")
  func fits() throws {
    let check = check(ModelUse(answers: false, lanes: 2), memory: 24 * gigabyte)
    for choice in [PrecisionChoice.auto, .fixed(.bf16), .fixed(.int8)] {
      let result = try check.plans(for: choice, automatic: .int8)
      #expect(result.plans == WeightPlans(.usual(choice.precision ?? .int8)))
      #expect(result.warning == nil)
    }
  }

  @Test("Auto takes what the processor is fastest at, and else the file's own form, with a warning")
  func fallback() throws {
    let use = ModelUse(answers: false, lanes: 2)
    let result = try check(use, memory: 10 * gigabyte).plans(for: .auto, automatic: .int8)
    #expect(result.plans == WeightPlans(.usual(.int8)))
    #expect(result.warning == nil)
    let compact = try check(use, memory: 7 * gigabyte).plans(for: .auto, automatic: .int8)
    #expect(compact.plans == WeightPlans(.compact))
    #expect(compact.warning?.contains("as they are in the file") == true)
    #expect(compact.warning?.contains("7.0 GB") == true, "\(compact)")
    for choice in [PrecisionChoice.fixed(.bf16), .fixed(.int8)] {
      #expect(throws: CommandFailure.self) {
        try check(use, memory: 7 * gigabyte).plans(for: choice, automatic: .bf16)
      }
    }
    let f32 = try check(use, memory: 7 * gigabyte).plans(for: .fixed(.f32), automatic: .bf16)
    #expect(f32.plans == WeightPlans(.compact))
    #expect(throws: CommandFailure.self) {
      try check(use, memory: 20 * gigabyte).plans(for: .auto, weights: .packed, automatic: .f32)
    }
  }

  @Test("A file of 8B in four bits runs with a worker on 16 GB, whatever the processor", arguments: [1, 2])
  func small(lanes: Int) throws {
    let use = ModelUse(answers: true, workers: 1, workerLanes: lanes)
    let memory = 15 * gigabyte
    let fast = try check(use, memory: memory).plans(for: .auto, automatic: .int8)
    #expect(fast.plans.own.form(for: use) == .compact && fast.plans.workers == .usual(.int8))
    // Where rows are computed in f32, answers are from the file's own form in any case.
    #expect((fast.warning != nil) == (Precision.int8.activations == .bf16), "\(fast)")
    let old = try check(use, memory: memory, supported: [.f32]).plans(for: .auto, automatic: .f32)
    #expect(old.plans == WeightPlans(.compact))
    #expect(old.warning?.contains("encodes in f32 and slower") == true, "\(old)")
  }

  @Test("Answers use the file's own form where rows are computed in f32, as far as a process answers")
  func forms() {
    let (answering, encoding) = (ModelUse(answers: true, workers: 2), ModelUse(answers: false, lanes: 2))
    let both = ModelUse(answers: true, lanes: 2)
    #expect(WeightPlan.usual(.f32).form(for: answering) == .compact)
    #expect(WeightPlan.usual(.f32).form(for: encoding) == .packed)
    #expect(WeightPlan.usual(.f32).form(for: both) == .both)
    #expect(WeightPlan.packed(.f32).form(for: both) == .packed)
    #expect(WeightPlan.compact.form(for: encoding) == .compact)
    guard Precision.bf16.activations == .bf16 else { return }
    #expect(WeightPlan.usual(.bf16).form(for: answering) == .both)
  }

  @Test("A refusal says what is needed, what is there and what would fit")
  func refusal() throws {
    let use = ModelUse(answers: false, lanes: 16)
    let failure = #expect(throws: CommandFailure.self) {
      try check(use, memory: 17 * gigabyte, limit: .budget).plans(for: .fixed(.bf16), automatic: .bf16)
    }
    #expect(failure?.code == .badInput)
    let message = try #require(failure?.message)
    #expect(message.hasPrefix("Large in bf16 needs "), "\(message)")
    #expect(message.contains("17.0 GB are left of the memory it was given (--memory)"), "\(message)")
    #expect(message.contains("--compute int8 needs"), "\(message)")
    #expect(message.contains(#/--lanes [2-9] needs/#), "\(message)")
    #expect(!message.contains("--workers"), "\(message)")
  }

  @Test("What does not fit in any way is told to need a smaller model")
  func hopeless() throws {
    let failure = #expect(throws: CommandFailure.self) {
      try check(ModelUse(answers: false, lanes: 16), memory: gigabyte).plans(for: .auto, automatic: .int8)
    }
    let message = try #require(failure?.message)
    #expect(message.contains("Even --compute f32 --weights compact --lanes 1 needs"), "\(message)")
    let coordinator = #expect(throws: CommandFailure.self) {
      try check(ModelUse(answers: true), memory: gigabyte, supported: [.f32])
        .plans(for: .auto, automatic: .f32)
    }
    #expect(coordinator?.message.contains("--lanes") == false, "\(coordinator as Any)")
    #expect(coordinator?.message.contains("Take a smaller model") == true, "\(coordinator as Any)")
  }

  @Test("Workers that are started count, but not where a limit holds for each process by itself")
  func workers() throws {
    let use = ModelUse(answers: true, workers: 3, workerLanes: 1)
    let memory = 25 * gigabyte
    #expect(throws: CommandFailure.self) {
      try check(use, memory: memory).plans(for: .fixed(.bf16), automatic: .bf16)
    }
    let result = try check(use, memory: memory, limit: .addressSpace)
      .plans(for: .fixed(.bf16), automatic: .bf16)
    #expect(result.plans == WeightPlans(.usual(.bf16)))
    let failure = #expect(throws: CommandFailure.self) {
      try check(use, memory: 47 * gigabyte).plans(for: .fixed(.bf16), automatic: .bf16)
    }
    #expect(failure?.message.contains("--workers 2 needs") == true, "\(failure as Any)")
  }

  @Test("A precision that the processor lacks is left to loading to refuse")
  func unsupported() throws {
    let check = check(ModelUse(answers: true), memory: 1, supported: [.f32])
    #expect(try check.plans(for: .fixed(.int8), automatic: .f32).plans == WeightPlans(.usual(.int8)))
  }
}
