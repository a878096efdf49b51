import HingeGraph

/// Broadcasting as the arithmetic operators had it before version 7: off unless asked for, one way, and with
/// the dimensions of the second input laid over those of the first from `axis` on.
///
/// Source: ONNX Add 1 and 6, attributes `broadcast` and `axis`.
public struct LegacyBroadcast: Sendable, Hashable {
    /// Whether the second input broadcasts to the first.
    public var isOn: Bool
    /// The dimension of the first input at which those of the second begin; `nil` aligns them at the right.
    public var axis: Int?

    /// Creates a way to broadcast.
    init(isOn: Bool, axis: Int?) {
        self.isOn = isOn
        self.axis = axis
    }

    /// Reads the attributes of a node; `nil` from version 7 on.
    init?(_ node: NodeReader) throws {
        guard node.opset < 7 else { return nil }
        isOn = try node.flag("broadcast", default: false)
        axis = isOn ? try node.int("axis") : nil
    }

    /// The shape of the second input that broadcasts in the same way by the rule of version 7.
    ///
    /// - Throws: ``HingeError`` when the axis doesn't fit.
    func aligned(_ shape: [Int], rank: Int) throws -> [Int] {
        guard let axis else { return shape }
        let start = axis < 0 ? axis + rank : axis
        guard start >= 0, start <= rank - shape.count else {
            throw HingeError(
                .mismatch, "axis \(axis) does not lay \(shape) over \(rank) dimensions",
                at: [.attribute("axis")])
        }
        return shape + [Int](repeating: 1, count: rank - start - shape.count)
    }
}

/// An operator whose input 1 lies along dimensions of input 0 that the operator says, in versions before 7.
public protocol AlignedOperator: PreparedOperator {
    /// The operator by the rule of version 7, and the dimensions of extent 1 that input 1 gets for it.
    ///
    /// `nil` when it is by that rule already, or the inputs' ranks aren't known.
    func aligned(
        _ context: InferenceContext
    ) -> (operation: any Operator, dimensions: [Int])?
}

public extension BroadcastingOperator {
    /// The operator by the rule of version 7, and the dimensions of extent 1 that input 1 gets for it.
    func aligned(
        _ context: InferenceContext
    ) -> (operation: any Operator, dimensions: [Int])? {
        guard let legacy, legacy.axis != nil, let rank = context.shape(0)?.rank,
            let own = context.shape(1)?.rank,
            let shape = try? legacy.aligned([Int](repeating: 1, count: own), rank: rank)
        else { return nil }
        var result = self
        result.legacy = nil
        return (result, Array(own..<shape.count))
    }
}

extension PreparationContext {
    /// The context in which input 1 has the shape that broadcasts by the rule of version 7.
    func aligned(_ legacy: LegacyBroadcast?) throws -> PreparationContext {
        guard let legacy, legacy.axis != nil else { return self }
        var (b, context) = (try input(1), self)
        b.shape = try legacy.aligned(b.shape, rank: input(0).rank)
        context.inputs[1] = .tensor(b)
        return context
    }
}

extension InferenceContext {
    /// The output of an elementwise operator with two inputs, of the given type or that of input 0.
    func inferBroadcasting(
        _ legacy: LegacyBroadcast? = nil, as type: DataType? = nil
    ) throws -> [Inferred] {
        let type = type ?? dataType(0) ?? dataType(1)
        guard let a = shape(0), let b = shape(1) else { return [.tensor(type, nil)] }
        if let legacy {
            if legacy.axis != nil, let extents = b.extents {
                let aligned = Shape(try legacy.aligned(extents, rank: a.rank))
                return [.tensor(type, try Shape.broadcast(a, aligned))]
            }
            return [.tensor(type, a)]
        }
        return [.tensor(type, try Shape.broadcast(a, b))]
    }
}

extension Speller {
    /// Emits an elementwise operator with two inputs, whichever rule of broadcasting the version has.
    mutating func emitBroadcasting(
        _ type: String, _ legacy: LegacyBroadcast?, _ attributes: [Attribute] = []
    ) throws {
        if opset < 7 {
            if let legacy {
                let axis: [Attribute] = legacy.axis.map { [.int("axis", $0)] } ?? []
                return emit(
                    type, (legacy.isOn ? [.int("broadcast", 1)] + axis : []) + attributes)
            }
            return try emitBroadcastingOneWay(type, attributes)
        }
        guard let legacy, legacy.axis != nil else { return emit(type, attributes) }
        guard let rank = shape(0)?.rank, let own = shape(1)?.rank else {
            throw HingeError(
                .unsupported, "the inputs' ranks must be known to write this for opset \(opset)")
        }
        let aligned = try legacy.aligned([Int](repeating: 1, count: own), rank: rank).count
        let b: String
        if let constant = constantInput(1) {
            let ones = [Int](repeating: 1, count: aligned - own)
            b = self.constant(try constant.reshaped(to: constant.shape + ones))
        } else if aligned == own {
            b = inputs[1]
        } else {
            b = try append(Unsqueeze(axes: Array(own..<aligned)), [inputs[1]])
        }
        emit(type, attributes, inputs: [inputs[0], b], outputs: outputs)
    }

    /// Emits the operator for versions before 7, where only the second input broadcasts: one element, or what has the
    /// extents of neighbouring dimensions of the first.
    private mutating func emitBroadcastingOneWay(_ type: String, _ attributes: [Attribute]) throws {
        guard let a = shape(0), let b = shape(1), try Shape.broadcast(a, b) == a else {
            throw needs(7, "\(type) whose first input broadcasts")
        }
        if a == b { return emit(type, attributes) }
        let places = b.dimensions.indices.filter { b[$0] != 1 }
        guard let first = places.first, let last = places.last else {
            return emit(type, [.int("broadcast", 1)] + attributes)
        }
        let start = a.rank - b.rank + first
        guard (first...last).allSatisfy({ b[$0] == a[start - first + $0] }) else {
            throw needs(7, "\(type) whose second input broadcasts between its dimensions")
        }
        let isLast = last == b.rank - 1
        let axis: [Attribute] = isLast ? [] : [.int("axis", start)]
        let ones = b.dimensions.indices.filter { !(first...last).contains($0) }
        emit(
            type, [.int("broadcast", 1)] + axis + attributes,
            inputs: [inputs[0], try withoutDimensions(ones, ofInput: 1)], outputs: outputs)
    }

    /// An input without some dimensions, whose extents are 1.
    private mutating func withoutDimensions(_ ones: [Int], ofInput index: Int) throws -> String {
        if ones.isEmpty { return inputs[index] }
        guard let tensor = constantInput(index) else {
            return try append(Squeeze(axes: ones), [inputs[index]], known: [known[index]])
        }
        let kept = tensor.shape.indices.filter { !ones.contains($0) }
        return constant(try tensor.reshaped(to: kept.map { tensor.shape[$0] }))
    }
}
