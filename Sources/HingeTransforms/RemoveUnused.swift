import HingeGraph
import HingeProgram

/// Removes what nothing uses.
///
/// Rules:
/// - A step none of whose outputs is used, by a step that stays, by a body of one, or as an output, goes.
/// - An initializer that no step uses and that is not an output goes; one that is the default of an input
///   stays.
/// - Bodies are cleaned in the same way.
public struct RemoveUnused: Pass {
    /// The name of the pass.
    public static let name = "remove-unused"

    /// Creates the pass.
    public init() {}

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        program.removeUnused()
    }
}
