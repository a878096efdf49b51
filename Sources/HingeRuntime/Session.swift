import HingeGraph
import HingeProgram
import HingeTransforms

/// A model made ready to run.
///
/// It is compiled once, when the session is created, and runs any number of times; several tasks may
/// run it at once.
///
/// ```swift
/// let session = try Session(model)
/// let outputs = try session.run(["x": .tensor(Tensor([1, 2, 3] as [Float], shape: [1, 3]))])
/// ```
public final class Session: Sendable {
    /// The inputs that every run must give.
    public let inputs: [ValueInfo]
    /// The inputs that have a default in the model, and may be given.
    public let overridableInputs: [ValueInfo]
    /// The outputs of the model.
    public let outputs: [ValueInfo]
    /// How the session was asked to run.
    public let options: Options
    private let outputNames: [String]
    let signature: Signature
    let engine: any Engine

    /// Compiles a model.
    ///
    /// - Throws: ``HingeError`` with the node as its context when the model can't be run.
    public init(_ model: Model, options: Options = Options()) throws {
        try model.checkCalls()
        signature = Signature(model.graph)
        inputs = signature.required
        overridableInputs = signature.overridable
        outputs = model.graph.outputs
        outputNames = outputs.map(\.name)
        self.options = options
        engine =
            switch options.engine {
            case .fast: try FastEngine(model, options: options)
            case .reference: try ReferenceEngine(model, options: options)
            }
    }

    /// Runs the model.
    ///
    /// - Parameters:
    ///   - inputs: The inputs, by name.
    ///   - outputs: The names of the values to return; `nil` for the outputs of the model. Any value of the
    ///     graph may be named, intermediate ones too.
    /// - Throws: ``HingeError`` with the code `mismatch` when an input is missing, unknown, or not of the
    ///   type and shape that the model declares; or what an operator throws, with the node as its context.
    public func run(
        _ inputs: [String: Value], outputs: [String]? = nil
    ) throws -> [String: Value] {
        try run(inputs, outputs: outputs, observing: nil)
    }

    /// Runs the model and shows each value of its graph to `observer`, in the order of the nodes.
    ///
    /// The reference engine shows a value as soon as it is computed; the fast engine keeps all values, fuses
    /// nothing, and shows them at the end.
    ///
    /// - Throws: ``HingeError`` as ``run(_:outputs:)`` does, or what `observer` throws.
    public func run(
        _ inputs: [String: Value], outputs: [String]? = nil,
        observing observer: ((_ name: String, _ value: Value) throws -> Void)?
    ) throws -> [String: Value] {
        try signature.check(inputs)
        let names = outputs ?? outputNames
        let values = try engine.run(inputs, outputs: names, observer)
        return Dictionary(zip(names, values)) { first, _ in first }
    }
}

/// Called with each value as it is computed.
typealias Observer = (_ name: String, _ value: Value) throws -> Void

/// What runs a compiled model.
protocol Engine: Sendable {
    /// Runs the model once with inputs that fit its declaration, and returns the named values.
    func run(
        _ inputs: [String: Value], outputs: [String], _ observer: Observer?
    ) throws -> [Value]

    /// What a run with inputs of the types of the given ones does.
    func plan(for inputs: [String: Value]) throws -> PlanDescription
}
