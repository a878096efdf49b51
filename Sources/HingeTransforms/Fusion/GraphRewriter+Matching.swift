import HingeGraph
import HingeOperators

/// What passes that recognise several nodes as one operator look for.
extension GraphRewriter {
    /// Whether the graph's opset has an operator, so that it isn't spelled as the nodes it is made of.
    func canExpress(_ type: String) -> Bool {
        OperatorSchema.find(name: type, opset: opset)?.isDeprecated == false
    }

    /// A node that computes an operator of the given type, and its operator.
    func match<Kind: Operator>(_ id: NodeID?, as kind: Kind.Type) -> (node: Node, operator: Kind)? {
        guard let id, let node = node(id), let found = self.operator(id) as? Kind else {
            return nil
        }
        if let broadcasting = found as? any BroadcastingOperator, broadcasting.legacy != nil {
            return nil
        }
        return (node, found)
    }

    /// The node that produces a value, if it is of the given type and nobody but `user` needs it.
    func inner<Kind: Operator>(
        _ name: String, as kind: Kind.Type, usedBy user: NodeID
    ) -> NodeID? {
        guard let id = producer(of: name), match(id, as: kind) != nil,
            soleConsumer(of: name) == user
        else { return nil }
        return id
    }

    /// The number that a constant with one element holds.
    func number(_ name: String) -> Double? {
        guard let tensor = constant(name), tensor.count == 1, tensor.dataType.isFloatingPoint
        else { return nil }
        return try? tensor.doubles()[0]
    }

    /// Whether a value holds a number, as exactly as its element type can.
    func isNumber(_ name: String, _ expected: Double) -> Bool {
        guard let value = number(name), let type = constant(name)?.dataType else { return false }
        return GraphRewriter.isEqual(value, expected, type)
    }

    /// Whether two numbers are equal but for rounding to an element type, and that of the tool that wrote them.
    static func isEqual(_ value: Double, _ expected: Double, _ type: DataType?) -> Bool {
        let tolerance: Double =
            switch type {
            case .float16: 1e-3
            case .bfloat16: 8e-3
            default: 1e-5
            }
        return abs(value - expected) <= tolerance * max(abs(expected), 1e-30)
    }

    /// The inputs of a commutative node, each of them first once.
    func operands<Kind: Operator>(_ id: NodeID?, as kind: Kind.Type) -> [(String, String)] {
        guard let (node, _) = match(id, as: kind), node.inputs.count == 2 else { return [] }
        return [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])]
    }

    /// Whether an operator with bounds as inputs or of its own clips to the given ones.
    func clips(_ id: NodeID, from low: Double, to high: Double) -> Bool {
        guard let (node, clip) = match(id, as: Clip.self) else { return false }
        func bound(_ own: Float?, _ index: Int) -> Double? {
            if let own { return Double(own) }
            return node.inputs.count > index ? number(node.inputs[index]) : nil
        }
        return bound(clip.minimum, 1) == low && bound(clip.maximum, 2) == high
    }
}

/// A product as its factors: nodes that multiply and divide, flattened through values that nothing else uses.
struct Product {
    /// The product of the constants.
    private(set) var constant = 1.0
    /// The other factors.
    private(set) var factors: [String] = []
    /// The nodes that multiply, innermost first.
    private(set) var nodes: [GraphRewriter.NodeID] = []
    /// The element type.
    let type: DataType?

    /// The product that a node computes; `nil` when it doesn't multiply or divide by a constant.
    init?(_ id: GraphRewriter.NodeID?, _ rewriter: GraphRewriter) {
        guard let id, let output = rewriter.node(id)?.outputs.first else { return nil }
        type = rewriter.fact(output)?.type?.dataType
        guard add(id, rewriter) else { return nil }
    }

    /// Whether the constants' product is a number.
    func isConstant(_ expected: Double) -> Bool {
        GraphRewriter.isEqual(constant, expected, type)
    }

    private mutating func add(_ id: GraphRewriter.NodeID, _ rewriter: GraphRewriter) -> Bool {
        if let (node, _) = rewriter.match(id, as: Mul.self), node.inputs.count == 2 {
            for name in node.inputs { add(name, usedBy: id, rewriter) }
        } else if let (node, _) = rewriter.match(id, as: Div.self), node.inputs.count == 2,
            let divisor = rewriter.number(node.inputs[1]), divisor != 0
        {
            add(node.inputs[0], usedBy: id, rewriter)
            constant /= divisor
        } else {
            return false
        }
        nodes.append(id)
        return true
    }

    private mutating func add(
        _ name: String, usedBy user: GraphRewriter.NodeID, _ rewriter: GraphRewriter
    ) {
        if let number = rewriter.number(name) {
            constant *= number
        } else if let id = rewriter.producer(of: name), rewriter.soleConsumer(of: name) == user,
            add(id, rewriter)
        {
        } else {
            factors.append(name)
        }
    }
}
