import HingeGraph
import HingeOperators

/// A graph whose nodes are read, whose calls of functions are replaced by the functions' nodes, and whose names
/// are resolved to slots.
///
/// Each slot takes one value, which at most one step gives.
final class Program: Sendable {
    /// One node.
    struct Step: Sendable {
        let operation: any Operator
        /// The node, after the nodes that called the functions it stands in.
        let places: [HingeError.Place]
        /// The slots of the inputs; `nil` for an absent one.
        let inputs: [Int?]
        /// The inputs that the node's spelling holds as attributes, by position.
        let operands: [Int: Tensor]
        /// The slots of the outputs; `nil` for one that nobody asked for.
        let outputs: [Int?]
        /// The subgraphs of the node.
        let bodies: [Body]
        /// Tells the random numbers of this node from those of others.
        let salt: UInt64
        /// The slots that no later step reads.
        var released: [Int] = []

        /// The slots that the step reads, subgraphs included.
        var used: [Int] { inputs.compactMap { $0 } + bodies.flatMap(\.captured) }
    }

    /// A subgraph, and the slots outside of it whose values it reads.
    struct Body: Sendable {
        /// The attribute that holds the subgraph.
        let name: String
        let program: Program
        let captured: [Int]
    }

    /// What is known of a slot.
    struct Slot: Sendable {
        /// The name of the value; `nil` inside functions.
        let name: String?
        /// The type that the file states.
        var type: ValueType?
        /// The value before the first step: an initializer.
        var initial: Value?
        /// The value, if it is the same in every run.
        var constant: Tensor?
    }

    var steps: [Step] { contents.steps }
    var slots: [Slot] { contents.slots }
    /// The slots of the graph's inputs.
    var inputs: [Int] { contents.inputs }
    /// The slots of the graph's outputs.
    var outputs: [Int] { contents.outputs }
    /// The slots that take the values captured from the graph around this one.
    var captures: [Int] { contents.captures }
    /// The values of all slots before the first step.
    let initial: [Value?]
    private let contents: Contents

    /// What a program consists of.
    struct Contents: Sendable {
        var steps: [Step] = []
        var slots: [Slot] = []
        var inputs: [Int] = []
        var outputs: [Int] = []
        var captures: [Int] = []
    }

    init(_ contents: Contents) {
        self.contents = contents
        initial = contents.slots.map(\.initial)
    }
}

/// Runs `body`; an error that leaves it carries `places` as its outermost context.
func withPlaces<Result>(
    _ places: [HingeError.Place], _ body: () throws -> Result
) throws -> Result {
    do {
        return try body()
    } catch {
        var error =
            (error as? HingeError)
            ?? HingeError(.internalError, "\(error)", underlying: error)
        error.context = places + error.context
        throw error
    }
}
