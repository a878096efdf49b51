import HingeGraph
import HingeOperators

/// A graph whose nodes are read and whose names are resolved to slots, ready to be run node by node.
final class Program: Sendable {
    /// One node.
    struct Step: Sendable {
        let action: Action
        let place: HingeError.Place
        /// The slots of the inputs; `nil` for an absent one.
        let inputs: [Int?]
        /// The inputs that the node's spelling holds as attributes, by position.
        var operands: [Int: Tensor] = [:]
        /// The slots of the outputs; `nil` for one that nobody asked for.
        var outputs: [Int?] = []
        /// The subgraphs of the node.
        var bodies: [Body] = []
        /// The slots that no later step reads.
        var released: [Int] = []
        /// Tells the random numbers of this node from those of others.
        let salt: UInt64
    }

    /// What a step does.
    enum Action: Sendable {
        case evaluate(any Operator)
        case call(Program)
    }

    /// A subgraph, and the slots outside of it whose values it reads.
    struct Body: Sendable {
        let graph: Graph
        let program: Program
        let captured: [Int]
    }

    let steps: [Step]
    /// The name of each slot.
    let names: [String]
    let inputs: [Int]
    let outputs: [Int]
    /// The slots that take the values captured from the graph around this one.
    let captures: [Int]
    /// The values of all slots before the first step: those of initializers are set.
    let initial: [Value?]

    init(
        steps: [Step], names: [String], inputs: [Int], outputs: [Int], captures: [Int],
        initial: [Value?]
    ) {
        self.steps = steps
        self.names = names
        self.inputs = inputs
        self.outputs = outputs
        self.captures = captures
        self.initial = initial
    }
}
