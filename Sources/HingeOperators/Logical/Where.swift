import HingeGraph

/// The element of input 1 where that of input 0, a boolean, is true, and of input 2 elsewhere, with broadcasting.
///
/// Source: ONNX Where 9, 16.
public struct Where: Operator {
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

    func evaluate(_ context: inout EvaluationContext) throws {
        let (condition, x, y) = (
            try context.input(0), try context.input(1).aligned(), try context.input(2).aligned()
        )
        guard condition.dataType == .bool else { throw condition.notSupported() }
        try Tensor.requireSameType(x, y)
        let shape = try Broadcast.shape(
            condition.shape, Broadcast.shape(x.shape, y.shape))
        let runs = StridedRuns(
            shape, broadcasting: [condition.shape, x.shape, y.shape, shape])
        if let left = x.strings, let right = y.strings {
            return context.set(0, try select(condition, left, right, runs, shape))
        }
        let z = try context.output(0, x.dataType, shape)
        switch x.dataType.bitWidth {
        case 8: select(condition, x, y, z, runs, UInt8.self)
        case 16: select(condition, x, y, z, runs, UInt16.self)
        case 32: select(condition, x, y, z, runs, UInt32.self)
        case 64: select(condition, x, y, z, runs, UInt64.self)
        case 128: select(condition, x, y, z, runs, Bits128.self)
        default: throw x.notSupported(as: "input 1")
        }
    }

    private func select(
        _ condition: Tensor, _ x: [ByteString], _ y: [ByteString], _ runs: StridedRuns,
        _ shape: [Int]
    ) throws -> Tensor {
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
        return try Tensor(strings: result, shape: shape)
    }

    /// Moves elements as bits, whatever their type.
    private func select<Bits: BitwiseCopyable>(
        _ condition: Tensor, _ x: Tensor, _ y: Tensor, _ z: OutputTensor, _ runs: StridedRuns,
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
