import HingeGraph
import HingeOperators
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

    /// The operators of which a program must hold one for the pass to find anything in it; `nil` where there are none
    /// such.
    var anchors: [any Operator.Type]? { get }
}

extension Pass {
    /// Programs are made with calls of functions as they are.
    public var programOptions: ProgramOptions { ProgramOptions() }

    /// The pass may find something in any program.
    public var anchors: [any Operator.Type]? { nil }

    /// Changes the model's program, and writes it in the versions that the model is in.
    public func run(_ model: inout Model) throws -> Bool {
        try model.edit(programOptions) { try $0.run([self]) }
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
    /// Runs passes in order, each once, but for those whose anchors the program doesn't hold.
    ///
    /// - Returns: Whether anything changed.
    /// - Throws: ``HingeError`` of the first pass that fails.
    @discardableResult
    public mutating func run(_ passes: [any Pass]) throws -> Bool {
        try run(passes) { pass, program in try pass.run(&program) }
    }

    /// Runs passes in order, each once, but for those whose anchors the program doesn't hold; one that fails changes
    /// nothing.
    ///
    /// - Returns: Whether anything changed.
    package mutating func runWhatSucceeds(_ passes: [any Pass]) -> Bool {
        run(passes) { pass, program in (try? pass.run(&program)) ?? false }
    }

    private mutating func run(
        _ passes: [any Pass], _ run: (any Pass, inout Program) throws -> Bool
    ) rethrows -> Bool {
        var changed = false
        var held: Set<ObjectIdentifier>?
        for pass in passes {
            if let anchors = pass.anchors {
                let types = held ?? operatorTypes
                held = types
                guard anchors.contains(where: { types.contains(ObjectIdentifier($0)) }) else {
                    continue
                }
            }
            guard try run(pass, &self) else { continue }
            changed = true
            held = nil
        }
        return changed
    }

    /// The types of the operators, those in bodies included.
    private var operatorTypes: Set<ObjectIdentifier> {
        var types: Set<ObjectIdentifier> = []
        var last: ObjectIdentifier?
        for step in steps {
            let type = ObjectIdentifier(Swift.type(of: step.operation))
            if type != last { types.insert(type) }
            last = type
            for body in step.bodies { types.formUnion(body.program.operatorTypes) }
        }
        return types
    }
}
