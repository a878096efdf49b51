import HingeGraph

/// Makes constants of the inputs that have a default value.
///
/// Rules:
/// - An input of the graph that is also an initializer is an input no more, so that no caller can override it.
/// - An initializer of a file format version before 4 is a constant in either case.
/// - Inputs of subgraphs have no defaults.
public struct FreezeInputs: ModelPass {
    /// The name of the pass.
    public static let name = "freeze-inputs"

    /// Creates the pass.
    public init() {}

    /// Runs the pass.
    public func run(_ model: inout Model) throws -> Bool {
        let required = model.graph.requiredInputs
        guard required.count != model.graph.inputs.count else { return false }
        model.graph.inputs = required
        // Before version 4 of the file format each initializer must be an input too.
        model.irVersion = max(model.irVersion, 4)
        return true
    }
}
