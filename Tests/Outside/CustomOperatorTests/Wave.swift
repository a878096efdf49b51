import Foundation
import Hinge
import HingeOperators

/// `y = sin(frequency · x) + offset`, elementwise: an operator of a domain of its own.
///
/// Input 0 is `x`, `float32` of any shape; input 1 is `offset`, `float32[]`, and may be absent. Version 1 of the domain
/// calls the attribute `freq`, version 2 `frequency`.
struct Wave: Operator {
    static let domain = "org.example"
    static let type = "Wave"

    /// The factor of `x`.
    var frequency: Float

    init(frequency: Float) { self.frequency = frequency }

    init(_ node: NodeReader) throws {
        let name = Self.attributeName(node.opset)
        frequency = try node.required(name, node.float(name))
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.float(Self.attributeName(speller.opset), frequency)])
    }

    private static func attributeName(_ version: Int) -> String {
        version < 2 ? "freq" : "frequency"
    }

    var inPlaceInputs: [Int] { [0] }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let type = context.dataType(0) {
            try context.require(type == .float32, "expected float32, found \(type)")
        }
        return context.same(as: 0)
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let offset = try context.optionalInput(1)?.array(of: Float.self).first
        try fill(&context, offset: offset ?? 0)
    }

    /// What does not depend on a run: the offset, where it is a constant.
    func prepare(_ context: PreparationContext) throws -> Kernel? {
        guard try context.input(0).dataType == .float32 else { return nil }
        guard context.has(1) else { return { try fill(&$0, offset: 0) } }
        guard let offset = try context.constant(1)?.array(of: Float.self).first else { return nil }
        return { try fill(&$0, offset: offset) }
    }

    private func fill(_ context: inout EvaluationContext, offset: Float) throws {
        let x = try context.input(0)
        let y = try context.output(0, .float32, x.shape)
        try x.withUnsafeElements(of: Float.self) { source in
            try y.withUnsafeElements(of: Float.self) { target in
                for index in source.indices {
                    target[index] = sin(frequency * source[index]) + offset
                }
            }
        }
    }
}

/// `y = Wave(x) · scale`: an operator of the same domain that other operators express in version 1, where it isn't yet.
struct ScaledWave: Operator {
    static let domain = "org.example"
    static let type = "ScaledWave"

    /// The factor of `x`.
    var frequency: Float
    /// The factor of the wave.
    var scale: Float

    init(frequency: Float, scale: Float) {
        self.frequency = frequency
        self.scale = scale
    }

    init(_ node: NodeReader) throws {
        frequency = try node.float("frequency", default: 1)
        scale = try node.float("scale", default: 1)
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset < 2 else {
            return speller.emit(
                Self.type, [.float("frequency", frequency), .float("scale", scale)])
        }
        let wave = try speller.append(Wave(frequency: frequency), [speller.inputs[0]])
        let factor = speller.constant(Tensor(scalar: scale))
        try speller.append(Mul(), [wave, factor], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) -> [Inferred] { context.same() }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        let y = try context.output(0, .float32, x.shape)
        let values = try x.array(of: Float.self)
        try y.withUnsafeElements(of: Float.self) { target in
            for (index, value) in values.enumerated() {
                target[index] = sin(frequency * value) * scale
            }
        }
    }
}
