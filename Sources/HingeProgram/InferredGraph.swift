import HingeGraph
import HingeOperators

/// What is known of the values and nodes of a graph, by their names: a program as those see it who work on the graph
/// itself.
public struct InferredGraph: Sendable {
    /// What is known of each value of the graph, by name.
    ///
    /// In a subgraph, the values of the graphs around it that it uses stand here too.
    public private(set) var values: [String: Inferred] = [:]
    /// The operator of each node, by its index; `nil` where it isn't known, or is a call of a function.
    public private(set) var operators: [(any Operator)?] = []
    /// What is known of the subgraphs of nodes, by the node's index and the name of the attribute.
    ///
    /// The body of a called function has the name "".
    public private(set) var bodies: [Int: [String: InferredGraph]] = [:]

    /// - Parameter program: A program that was made of the graph with calls of functions kept, and not changed.
    package init(_ program: Program) {
        for (slot, fact) in zip(program.slots, program.facts) {
            if let name = slot.name { values[name] = fact }
        }
        for (index, step) in program.steps.enumerated() {
            let isKnown =
                !(step.operation is FunctionCall) && !(step.operation is OpaqueOperation)
            operators.append(isKnown ? step.operation : nil)
            for body in step.bodies {
                bodies[index, default: [:]][body.attribute] = InferredGraph(body.program)
            }
        }
    }

    /// The operator of the node at an index, if it is known.
    public func `operator`(_ index: Int) -> (any Operator)? {
        operators.indices.contains(index) ? operators[index] : nil
    }

    /// What is known of a value; `nil` for an absent or unknown one.
    public subscript(name: String) -> Inferred? { values[name] }

    /// The type of a value, if it is known.
    public func type(of name: String) -> ValueType? { values[name]?.type }

    /// The value itself, if it is a constant.
    public func constant(_ name: String) -> Tensor? { values[name]?.constant }

    /// What is known of a node's inputs, by position; `nil` for absent ones.
    public func inputs(of node: Node) -> [Inferred?] {
        node.inputs.map { $0.isEmpty ? nil : values[$0] ?? Inferred() }
    }
}
