import HingeGraph

/// A change of a model that keeps what it computes.
///
/// Each pass stands in a file of its own, whose doc comment is the list of its rules.
public protocol Pass: Sendable {
    /// The name by which reports and options know the pass: `eliminate-identity`.
    static var name: String { get }

    /// Changes the model.
    ///
    /// - Returns: Whether anything changed.
    /// - Throws: ``HingeError`` when the model can't be understood.
    func run(_ model: inout Model) throws -> Bool
}

extension Model {
    /// Runs passes in order, each once.
    ///
    /// - Returns: Whether anything changed.
    /// - Throws: ``HingeError`` of the first pass that fails.
    @discardableResult
    public mutating func run(_ passes: [any Pass]) throws -> Bool {
        var changed = false
        for pass in passes where try pass.run(&self) { changed = true }
        return changed
    }
}
