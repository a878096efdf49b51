import HingeGraph

/// The gradients of a value `y` of the graph: how the sum of its elements changes with those of others, `xs`.
///
/// The inputs are the values of `xs` and then of `zs` at which the gradients are computed: they take the place of the values
/// of those names on the way to `y`. Output `k` is the gradient by the value `xs[k]`, in its type and shape; where `y` doesn't
/// depend on that, it is zero. What the way to `y` reads besides has the value that it has in the graph.
///
/// What is run is a body that whoever makes a program of the graph derives: only there the names have a meaning.
///
/// Source: ONNX Gradient 1 of the domain `ai.onnx.preview.training`.
public struct Gradient: Operator {
    /// The name of what is differentiated.
    public var y: String
    /// The names of what it is differentiated by.
    public var xs: [String]
    /// The names of further values that the inputs take the place of.
    public var zs: [String]

    /// The name of the body.
    package static let body = ""

    /// Creates the operator.
    public init(of y: String, by xs: [String], at zs: [String] = []) {
        self.y = y
        self.xs = xs
        self.zs = zs
    }
}

public extension Gradient {
    static let type = "Gradient"
    static var domain: String { "ai.onnx.preview.training" }

    init(_ node: NodeReader) throws {
        xs = try node.required("xs", node.strings("xs"))
        y = try node.required("y", node.string("y"))
        zs = try node.strings("zs") ?? []
        let count = xs.count + zs.count
        guard node.node.inputs.count == count else {
            throw HingeError(
                .mismatch,
                "expected as many inputs as xs and zs name, \(count), "
                    + "found \(node.node.inputs.count)")
        }
    }

    func spell(_ speller: inout Speller) {
        let rest: [Attribute] = zs.isEmpty ? [] : [.strings("zs", zs)]
        speller.emit(Self.type, [.strings("xs", xs), .string("y", y)] + rest)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let found = try context.infer(Self.body, context.inputs)
        return xs.indices.map { index in
            let known = found.flatMap { index < $0.count ? $0[index] : nil }
            return Inferred(type: known?.type ?? context.input(index)?.type)
        }
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        for (index, value) in try context.run(Self.body, context.inputs).enumerated() {
            if let value { context.set(index, value) }
        }
    }
}

extension Gradient: BodyDerivative {}
