import HingeGraph

/// The element of input 1 where that of input 0, a boolean, is true, and of input 2 elsewhere, with broadcasting.
///
/// Source: ONNX Where 9, 16.
public struct Where: PreparedOperator {
    /// Creates the operator.
    public init() {}
}

public extension Where {
    static let type = "Where"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(1) ?? context.dataType(2)
        guard let condition = context.shape(0), let x = context.shape(1), let y = context.shape(2)
        else { return [.tensor(type, nil)] }
        var output = Inferred.tensor(
            type, try Shape.broadcast(condition, Shape.broadcast(x, y)))
        output.elements = selectElements(context)
        return [output]
    }

    private func selectElements(_ context: InferenceContext) -> [Shape.Dimension]? {
        guard let condition = context.indexElements(0), let x = context.indexElements(1),
            let y = context.indexElements(2)
        else { return nil }
        let count = [condition.count, x.count, y.count].first { $0 != 1 } ?? 1
        let lists = [condition, x, y]
        guard lists.allSatisfy({ $0.count == 1 || $0.count == count }) else { return nil }
        return (0..<count).map { index in
            let element = lists.map { $0[$0.count == 1 ? 0 : index] }
            switch element[0] {
            case .known(let flag): return flag != 0 ? element[1] : element[2]
            default: return element[1] == element[2] ? element[1] : .unknown
            }
        }
    }

    var inPlaceInputs: [Int] { [1, 2] }

    var locality: Locality { .broadcasting }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        moving(1, 2, of: outputs)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let (condition, x, y) = (
            try context.input(0), try context.input(1), try context.input(2)
        )
        guard condition.dataType == .bool else { throw condition.notSupported() }
        try Tensor.requireSameType(x, y)
        let shape = try Broadcast.shape(
            condition.shape, Broadcast.shape(x.shape, y.shape))
        let runs = StridedRuns(
            shape, broadcasting: [condition.shape, x.shape, y.shape, shape])
        let type = x.dataType
        if type == .string { return { try Where.selectStrings(&$0, runs, shape) } }
        guard let loop = Where.loop(bitWidth: type.bitWidth) else {
            throw x.notSupported(as: "input 1")
        }
        return { context in
            try loop(
                context.output(0, type, shape), context.input(0), context.input(1).aligned(),
                context.input(2).aligned(), runs)
        }
    }

    /// Writes the elements that are chosen, given the condition and both sources.
    private typealias Loop =
        @Sendable (OutputTensor, Tensor, Tensor, Tensor, StridedRuns) throws -> Void

    private static func loop(bitWidth: Int) -> Loop? {
        switch bitWidth {
        case 8: { select($0, $1, $2, $3, $4, UInt8.self) }
        case 16: { select($0, $1, $2, $3, $4, UInt16.self) }
        case 32: { select($0, $1, $2, $3, $4, UInt32.self) }
        case 64: { select($0, $1, $2, $3, $4, UInt64.self) }
        case 128: { select($0, $1, $2, $3, $4, Bits128.self) }
        default: nil
        }
    }

    private static func selectStrings(
        _ context: inout EvaluationContext, _ runs: StridedRuns, _ shape: [Int]
    ) throws {
        let condition = try context.input(0)
        guard let x = try context.input(1).strings, let y = try context.input(2).strings else {
            throw DataType.string.notSupported(as: "input 1")
        }
        var result: [ByteString] = []
        condition.withUnsafeBytes { condition in
            runs.forEachBlock(in: 0..<runs.count) { block in
                for row in 0..<block.rows {
                    let starts = (0..<3).map { block.offsets[$0] + row * block.rowSteps[$0] }
                    for index in 0..<block.count {
                        let isTrue = condition[starts[0] + index * runs.step(0)] != 0
                        result.append(
                            isTrue
                                ? x[starts[1] + index * runs.step(1)]
                                : y[starts[2] + index * runs.step(2)])
                    }
                }
            }
        }
        context.set(0, try Tensor(strings: result, shape: shape))
    }

    /// Moves elements as bits, whatever their type.
    private static func select<Bits: BitwiseCopyable>(
        _ z: OutputTensor, _ condition: Tensor, _ x: Tensor, _ y: Tensor, _ runs: StridedRuns,
        _ type: Bits.Type
    ) {
        guard let flags = condition.region?.base, let left = x.region?.base,
            let right = y.region?.base, let result = z.bytes.baseAddress
        else { return }
        let steps = (runs.step(0), runs.step(1), runs.step(2))
        runs.forEachBlock(cost: 1) { block in
            for row in 0..<block.rows {
                func start(_ tensor: Int) -> Int {
                    block.offsets[tensor] + row * block.rowSteps[tensor]
                }
                Where.fill(
                    result.assumingMemoryBound(to: Bits.self) + start(3),
                    flags.assumingMemoryBound(to: UInt8.self) + start(0),
                    left.assumingMemoryBound(to: Bits.self) + start(1),
                    right.assumingMemoryBound(to: Bits.self) + start(2), steps, block.count)
            }
        }
        withExtendedLifetime((condition, x, y)) {}
    }

    private static func fill<Bits: BitwiseCopyable>(
        _ result: UnsafeMutablePointer<Bits>, _ flags: UnsafePointer<UInt8>,
        _ x: UnsafePointer<Bits>, _ y: UnsafePointer<Bits>, _ steps: (Int, Int, Int),
        _ count: Int
    ) {
        switch steps {
        case (1, 1, 1):
            for index in 0..<count {
                let (left, right) = (x[index], y[index])
                result[index] = flags[index] != 0 ? left : right
            }
        case (0, _, _):
            let (chosen, step) = flags[0] != 0 ? (x, steps.1) : (y, steps.2)
            for index in 0..<count { result[index] = chosen[index * step] }
        default:
            for index in 0..<count {
                let (left, right) = (x[index * steps.1], y[index * steps.2])
                result[index] = flags[index] != 0 ? left : right
            }
        }
    }

    /// The bits of a complex number of two `Double`s, aligned as those are.
    private struct Bits128: BitwiseCopyable {
        var first: UInt64
        var second: UInt64
    }
}

extension Where: DifferentiableOperator {
    /// `g` where the condition chooses the input, 0 elsewhere; summed over what an input is repeated along.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let condition = try derivative.input(0)
        if derivative.wants(1) {
            try derivative.giveSum(derivative.keep(g, where: condition), for: 1)
        }
        if derivative.wants(2) {
            let other = try derivative.append(Not(), condition)
            try derivative.giveSum(derivative.keep(g, where: other), for: 2)
        }
    }
}
