import HingeGraph
import HingeOperators

/// Removes nodes that pass a value on, and merges pairs that undo or repeat each other.
///
/// Rules:
/// 1. `Identity`, and `Dropout` outside training whose mask nobody uses, go.
/// 2. `Cast` to the type that the value has goes.
/// 3. `Reshape`, `Flatten`, `Squeeze`, `Unsqueeze`, `Expand` and `Tile` that leave the shape as it is go,
///    where all of it is known, by numbers or names.
/// 4. `Transpose` in the order that is there already goes; two in a row become one.
/// 5. `Pad` by nothing, and `Slice` that takes all in order, go.
/// 6. `Concat`, `Sum`, `Max`, `Min` and `Mean` of one value, and `Split` into one, go.
/// 7. Multiplication and division by 1, subtraction of 0 and the power of 1 go, if the shape stays as it is. (Addition
///    of 0 stays: it makes −0 a 0.)
/// 8. `Reshape` after a node of rule 3's but `Expand` and `Tile` takes that one's input, if its shape is a
///    constant that copies nothing.
public struct EliminateIdentity: Pass {
    /// The name of the pass.
    public static let name = "eliminate-identity"

    /// How types are inferred, and with which input shapes.
    public var inference: InferTypes

    /// Creates the pass.
    public init(inference: InferTypes = InferTypes()) {
        self.inference = inference
    }

    /// Runs the pass.
    public func run(_ model: inout Model) throws -> Bool {
        try model.rewrite(inference: inference) { rewriter in
            for id in rewriter.ids {
                guard let node = rewriter.node(id), let candidate = rewriter.operator(id),
                    let source = node.inputs.first, !source.isEmpty,
                    node.outputs.dropFirst().allSatisfy({ rewriter.isUnused($0) })
                else { continue }
                if passesOn(candidate, node, rewriter) {
                    rewriter.bypass(id, to: source)
                } else if let second = candidate as? Transpose {
                    try mergeTransposes(second, id, source, &rewriter)
                } else if candidate is Reshape {
                    skipReshape(id, node, &rewriter)
                }
            }
        }
    }

    /// Whether an operator gives what its first input is.
    private func passesOn(
        _ candidate: any Operator, _ node: Node, _ rewriter: GraphRewriter
    ) -> Bool {
        let keepsShape = rewriter.haveEqualShapes(node.inputs[0], node.outputs[0])
        func constant(_ index: Int) -> Tensor? {
            index < node.inputs.count
                ? rewriter.constant(node.inputs[index]) : candidate.operandValues[index]
        }
        switch candidate {
        case is Identity: return true
        case let dropout as Dropout: return dropout.training == .never
        case let cast as Cast:
            return rewriter.fact(node.inputs[0])?.type?.dataType == cast.type
        case is Reshape, is Flatten, is Squeeze, is Unsqueeze, is Expand, is Tile:
            return keepsShape
        case let transpose as Transpose:
            guard let order = transpose.permutation else { return false }
            return order == Array(order.indices)
        case is Pad:
            guard let pads = constant(1), let widths = try? pads.integers() else { return false }
            return widths.allSatisfy { $0 == 0 }
        case is Slice:
            guard keepsShape else { return false }
            guard node.inputs.count > 4, !node.inputs[4].isEmpty else { return true }
            return (try? constant(4)?.integers().allSatisfy { $0 > 0 }) ?? false
        case is Concat, is Sum, is Max, is Min, is Mean: return node.inputs.count == 1
        case is Split: return node.outputs.count == 1
        case is Mul, is Div, is Pow:
            return keepsShape && constant(1).map { rewriter.isFilled($0, with: 1) } ?? false
        case is Sub:
            return keepsShape && constant(1).map { rewriter.isFilled($0, with: 0) } ?? false
        default: return false
        }
    }

    private func mergeTransposes(
        _ second: Transpose, _ id: GraphRewriter.NodeID, _ source: String,
        _ rewriter: inout GraphRewriter
    ) throws {
        guard let before = rewriter.producer(of: source), let node = rewriter.node(before),
            let first = rewriter.operator(before) as? Transpose,
            let rank = rewriter.shape(node.inputs[0])?.rank
        else { return }
        let order = try first.order(rank: rank)
        let merged = try second.order(rank: rank).map { order[$0] }
        if merged == Array(0..<rank) {
            rewriter.bypass(id, to: node.inputs[0])
        } else {
            try rewriter.replace([id], with: Transpose(merged), inputs: [node.inputs[0]])
        }
    }

    private func skipReshape(
        _ id: GraphRewriter.NodeID, _ node: Node, _ rewriter: inout GraphRewriter
    ) {
        guard node.inputs.count == 2, let before = rewriter.producer(of: node.inputs[0]),
            let inner = rewriter.operator(before),
            inner is Reshape || inner is Flatten || inner is Squeeze || inner is Unsqueeze,
            let source = rewriter.node(before)?.inputs.first,
            let shape = try? rewriter.constant(node.inputs[1])?.integers(), !shape.contains(0)
        else { return }
        rewriter.setInputs(id, [source, node.inputs[1]])
    }
}

extension GraphRewriter {
    /// Whether nobody uses a value.
    func isUnused(_ name: String) -> Bool {
        name.isEmpty || !isOutput(name) && consumers(of: name).isEmpty
    }

    /// Whether two values surely have the same shape: every dimension known, by number or name.
    func haveEqualShapes(_ a: String, _ b: String) -> Bool {
        guard let first = shape(a), let second = shape(b) else { return false }
        return first == second && !first.dimensions.contains(.unknown)
    }

    /// Whether all elements of a tensor have a value.
    func isFilled(_ tensor: Tensor, with value: Double) -> Bool {
        guard tensor.count > 0, tensor.count <= 1 << 16, let elements = try? tensor.doubles()
        else { return false }
        return elements.allSatisfy { $0 == value }
    }
}
