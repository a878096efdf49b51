import HingeGraph

/// Reverses the first elements of each sequence of a batch: as many as input 1, `int64[batch]`, says.
///
/// Source: ONNX ReverseSequence 10, 28.
public struct ReverseSequence: Operator {
    /// The dimension of the batch: 0 or 1.
    public var batchAxis: Int
    /// The dimension of time: 0 or 1.
    public var timeAxis: Int

    /// Creates the operator.
    public init(batchAxis: Int = 1, timeAxis: Int = 0) {
        self.batchAxis = batchAxis
        self.timeAxis = timeAxis
    }
}

public extension ReverseSequence {
    static let type = "ReverseSequence"

    init(_ node: NodeReader) throws {
        batchAxis = try node.int("batch_axis", default: 1)
        timeAxis = try node.int("time_axis", default: 0)
        guard [batchAxis, timeAxis].sorted() == [0, 1] else {
            throw node.error(
                "batch_axis", "expected 0 and 1 as axes, found \(batchAxis) and \(timeAxis)")
        }
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type, [.int("batch_axis", batchAxis), .int("time_axis", timeAxis)])
    }

    func infer(_ context: InferenceContext) -> [Inferred] { context.same() }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        needs[1] = .count(upTo: context.extent(0, timeAxis))
        return needs
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        let lengths = try context.input(1).integers()
        guard x.rank >= 2, lengths.count == x.shape[batchAxis],
            lengths.allSatisfy({ (0...x.shape[timeAxis]).contains($0) })
        else {
            throw HingeError(
                .mismatch, "sequences of lengths \(lengths) don't fit \(x.shape)")
        }
        let length = x.shape[2...].reduce(1, *)
        var offsets: [Int] = []
        try MemoryLimit.checkArray(of: Int.self, count: x.shape[0] * x.shape[1])
        for first in 0..<(x.count == 0 ? 0 : x.shape[0]) {
            for second in 0..<x.shape[1] {
                let count = lengths[batchAxis == 0 ? first : second]
                func mirrored(_ time: Int) -> Int { time < count ? count - 1 - time : time }
                let row = timeAxis == 0 ? mirrored(first) : first
                let column = timeAxis == 0 ? second : mirrored(second)
                offsets.append((row * x.shape[1] + column) * length)
            }
        }
        try context.move(x, x.shape, by: BlockGather(offsets: offsets, length: length))
    }
}

extension ReverseSequence: DifferentiableOperator {
    /// `g`, reversed likewise.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        derivative.give(try derivative.append(self, g, derivative.input(1)), for: 0)
    }
}
