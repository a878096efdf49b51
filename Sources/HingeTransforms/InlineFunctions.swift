import HingeGraph
import HingeProgram

/// Replaces calls of the model's functions by the functions' bodies.
///
/// Rules:
/// - A node whose domain, type and overload name one of the model's functions becomes the function's nodes.
/// - References to the function's attributes become the caller's values, else the function's defaults; an
///   attribute that neither gives is left out.
/// - Values inside get fresh names, subgraphs included; inputs and outputs take the caller's names. An
///   output that is an input of the function becomes an `Identity` where its name must stay. No two nodes have the
///   same name.
/// - Nodes written in another version than the model's are spelled at the model's.
/// - Calls in functions and subgraphs are inlined as well; a function that calls itself is an error.
/// - The functions are removed, and the operator sets that only they needed are imported.
public struct InlineFunctions: ModelPass {
    /// The name of the pass.
    public static let name = "inline-functions"

    /// Creates the pass.
    public init() {}

    /// Inlines all calls.
    public func run(_ model: inout Model) throws -> Bool {
        guard !model.functions.isEmpty else { return false }
        var options = ProgramOptions()
        options.inlinesFunctions = true
        // What doesn't fit is left for whoever runs or checks the model to say.
        options.inference.isLenient = true
        return try model.edit(options) { _ in true }
    }
}
