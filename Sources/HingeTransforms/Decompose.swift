import HingeGraph
import HingeOperators
import HingeProgram

/// Puts the operators that stand for others in their place.
///
/// Rules:
/// 1. An operator that others stand for (``HingeOperators/ComposedOperator``) and that isn't one of the standard becomes
///    those: `BiasGelu` of ONNX Runtime becomes `Add` and `Gelu`.
/// 2. Those of the standard do where ``includesStandard`` asks for it.
/// 3. An operator of the standard that stands where the version of the model doesn't have it, as ONNX Runtime writes
///    `LayerNormalization`, is spelled as that version has it.
/// 4. Operators for which too little is known of the inputs stay in a program; in a model they are an error.
/// 5. The import of operators that a model no longer names goes.
public struct Decompose: Pass {
    /// The name of the pass.
    public static let name = "decompose"

    /// Whether operators of the standard are replaced too.
    public var includesStandard: Bool

    /// Creates the pass.
    public init(includesStandard: Bool = false) {
        self.includesStandard = includesStandard
    }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            for id in editor.ids {
                if editor.operator(id).map(isReplaced) ?? false {
                    try editor.decompose(id)
                } else {
                    editor.respell(id)
                }
            }
        }
    }

    /// Changes the model; functions are inlined where one of them holds what is replaced.
    ///
    /// - Throws: ``HingeError`` with the node as its context when too little is known to replace it.
    public func run(_ model: inout Model) throws -> Bool {
        var options = ProgramOptions()
        options.inlinesFunctions = model.functions.contains { function in
            function.nodes.contains { isForeign($0, model) }
        }
        var result = model
        guard try result.edit(options, { try run(&$0) }) else { return false }
        if let node = result.graph.nodes.first(where: { isForeign($0, result) }) {
            throw HingeError(
                .unsupported,
                "too little is known of the inputs to write \(node.type) as operators of the "
                    + "standard", at: [node.place])
        }
        let domains = Set(
            (result.graph.nodes + result.functions.flatMap(\.nodes)).flatMap(\.domains))
        let before = Set(
            (model.graph.nodes + model.functions.flatMap(\.nodes)).flatMap(\.domains))
        let gone = before.subtracting(domains)
        result.opsetImports.removeAll { gone.contains(Domain($0.domain)) }
        model = result
        return true
    }

    private func isReplaced(_ operation: any Operator) -> Bool {
        guard operation is any ComposedOperator else { return false }
        return includesStandard || !Self.isStandard(operation.id)
    }

    /// Whether a node names an operator that is to be replaced, in its bodies too.
    private func isForeign(_ node: Node, _ model: Model) -> Bool {
        let id = OperatorID(domain: node.domain, type: node.type)
        if model.operators.operators[id] is any ComposedOperator.Type, !Self.isStandard(id) {
            return true
        }
        return node.subgraphs.contains { graph in
            graph.nodes.contains { isForeign($0, model) }
        }
    }

    private static func isStandard(_ id: OperatorID) -> Bool {
        !OperatorSchema.versions(domain: id.domain, name: id.type).isEmpty
    }
}

extension Node {
    /// The domains of the node and of those in its bodies.
    fileprivate var domains: [Domain] {
        [Domain(domain)] + subgraphs.flatMap(\.nodes).flatMap(\.domains)
    }
}
