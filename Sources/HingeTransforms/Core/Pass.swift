import HingeGraph
import HingeProgram

/// A change of a model.
///
/// Each stands in a file of its own, whose doc comment is the list of its rules.
public protocol ModelPass: Sendable {
    /// The name by which reports and options know the pass: `eliminate-identity`.
    static var name: String { get }

    /// Changes the model.
    ///
    /// - Returns: Whether anything changed.
    /// - Throws: ``HingeError`` when the model can't be understood or written.
    func run(_ model: inout Model) throws -> Bool
}

/// A change of a program that keeps what it computes, and knows no version of any operator.
public protocol Pass: ModelPass {
    /// Changes the program.
    ///
    /// - Returns: Whether anything changed.
    /// - Throws: ``HingeError`` when the program can't be understood.
    func run(_ program: inout Program) throws -> Bool

    /// How a program is made of a model for this pass.
    var programOptions: ProgramOptions { get }
}

extension Pass {
    /// Programs are made with calls of functions as they are.
    public var programOptions: ProgramOptions { ProgramOptions() }

    /// Changes the model's program, and writes it in the versions that the model is in.
    public func run(_ model: inout Model) throws -> Bool {
        try model.edit(programOptions) { try run(&$0) }
    }
}

extension Model {
    /// Runs passes in order, each once.
    ///
    /// - Returns: Whether anything changed.
    /// - Throws: ``HingeError`` of the first pass that fails.
    @discardableResult
    public mutating func run(_ passes: [any ModelPass]) throws -> Bool {
        var changed = false
        for pass in passes where try pass.run(&self) { changed = true }
        return changed
    }
}

extension Program {
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
