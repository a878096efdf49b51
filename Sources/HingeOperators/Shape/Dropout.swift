import HingeGraph

/// Passes a tensor on; in training, sets elements to zero at random and scales the others so that the
/// sum stays the same on average.
///
/// Input 1 is the ratio of elements set to zero, input 2, `bool[]`, whether it trains. Output 1 is the mask: true where an
/// element was kept.
///
/// Source: ONNX Dropout 1, 6, 7, 10, 12, 13, 22. Before 12 the ratio was an attribute; before 7, `is_test`
/// said whether it trains, from 7 to 11 it never did. Before 10 the mask was of the type of the data.
public struct Dropout: Operator {
    /// The ratio, where it is a constant of the operator; otherwise it is input 1, or 0.5.
    public var ratio: Float?
    /// When elements are set to zero.
    public var training: Training
    /// The seed of the random numbers; that of whoever runs it if `nil`.
    public var seed: Int?
    /// Whether the mask has the element type of the data, as before version 10.
    public var hasNumericMask: Bool

    /// When elements are set to zero.
    public enum Training: Sendable, Hashable {
        /// Never: the tensor is passed on.
        case never
        /// Always.
        case always
        /// When input 2 is true.
        case whenAsked
    }

    /// Creates the operator as it is outside training.
    public init(ratio: Float? = nil) {
        self.ratio = ratio
        training = .never
        hasNumericMask = false
    }
}

public extension Dropout {
    static let type = "Dropout"

    init(_ node: NodeReader) throws {
        ratio = try node.float("ratio")
        seed = try node.int("seed")
        hasNumericMask = node.opset < 10
        training = .never
        if node.opset < 7 {
            training = try node.flag("is_test", default: false) ? .never : .always
        } else if node.opset >= 12, node.hasInput(2) {
            let isAsked = try node.constant(2)?.integers().first
            training = isAsked == 0 ? .never : .whenAsked
        }
    }

    func spell(_ speller: inout Speller) throws {
        let hasMask = speller.outputs.count > 1 && !speller.outputs[1].isEmpty
        let outputs = speller.outputs
        if hasMask, hasNumericMask != (speller.opset < 10) {
            throw HingeError(
                .unsupported,
                "the mask of Dropout has another type in opset \(speller.opset) than it had")
        }
        guard speller.opset < 12 else {
            var inputs = speller.inputs
            while inputs.count < 3 { inputs.append("") }
            if inputs[1].isEmpty, let ratio {
                inputs[1] = speller.constant(Tensor(scalar: ratio))
            }
            if inputs[2].isEmpty, training == .always {
                inputs[2] = speller.constant(Tensor([true], shape: []))
            }
            return speller.emit(
                Self.type, seed.map { [.int("seed", $0)] } ?? [], inputs: inputs, outputs: outputs)
        }
        var ratio = ratio ?? 0.5
        if speller.hasInput(1) {
            let tensor = try speller.constantInput(1, named: "a ratio", needing: 12)
            ratio = try tensor.floats().first ?? 0.5
        }
        if training == .whenAsked || training == .always && speller.opset >= 7 {
            throw speller.needs(12, "Dropout that trains")
        }
        let mode: [Attribute] =
            speller.opset < 7 ? [.int("is_test", training == .never ? 1 : 0)] : []
        speller.emit(
            Self.type, [.float("ratio", ratio)] + mode, inputs: [speller.inputs[0]],
            outputs: outputs)
    }

    var aliasedInput: Int? { training == .never ? 0 : nil }

    var isDeterministic: Bool { training == .never }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.requireScalars(1..<3)
        let type = context.input(0)?.type
        let mask = Inferred.tensor(hasNumericMask ? type?.dataType : .bool, type?.shape)
        return context.outputCount > 1 ? [Inferred(type: type), mask] : [Inferred(type: type)]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs: [Int: ElementNeeds] = [1: .within(0.25, 0.5), 2: .exactly([0])]
        needs[0] = outputs.first.flatMap { $0 }?.reshaped
        return needs
    }

    var locality: Locality { training == .never ? .elementwise : .whole }

    /// Outside training.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        training == .never
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        let isAsked = try context.optionalInput(2)?.integers().first
        let isTraining = isAsked.map { $0 != 0 } ?? (training == .always)
        let given = try context.optionalInput(1)?.doubles().first
        let ratio = given ?? Double(self.ratio ?? 0.5)
        guard ratio >= 0, ratio <= 1 else {
            throw HingeError(.mismatch, "expected a ratio from 0 to 1, found \(ratio)")
        }
        var mask = [UInt8](repeating: 1, count: isTraining || context.wants(1) ? x.count : 0)
        if isTraining, ratio > 0 {
            var generator = seed.map { SeededGenerator(seed: UInt64(bitPattern: Int64($0))) }
            for index in mask.indices {
                let number = generator?.uniform() ?? context.generator.uniform()
                mask[index] = number >= ratio ? 1 : 0
            }
            try drop(x, mask, scale: ratio == 1 ? 0 : 1 / (1 - ratio), &context)
        } else {
            context.set(0, x)
        }
        guard context.wants(1) else { return }
        let kept = Tensor(mask.map { $0 != 0 }, shape: x.shape)
        guard hasNumericMask else { return context.set(1, kept) }
        let zero = try Tensor(filledWith: 0, x.dataType, shape: [1])
        let one = try Tensor(filledWith: 1, x.dataType, shape: [1])
        try context.move(.two(zero, one), to: 1, x.shape, by: Choice(numbers: mask))
    }

    /// Writes the first element of the source that each number names.
    private struct Choice: Movement {
        let numbers: [UInt8]

        @inline(__always)
        func callAsFunction<Element>(
            _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>
        ) {
            parallelFor(numbers.count, cost: 4) { range in
                for index in range { result[index] = sources[Int(numbers[index])].pointee }
            }
        }
    }

    private func drop(
        _ x: Tensor, _ mask: [UInt8], scale: Double, _ context: inout EvaluationContext
    ) throws {
        let y = try context.output(0, x.dataType, x.shape)
        func apply<T: TensorElement>(_ type: T.Type, _ zero: T, _ scaled: (T) -> T) throws {
            let results = y.elements(of: T.self)
            try x.withUnsafeElements(of: T.self) { elements in
                for index in elements.indices {
                    results[index] = mask[index] == 0 ? zero : scaled(elements[index])
                }
            }
        }
        switch x.dataType {
        case .float32: try apply(Float.self, 0) { $0 * Float(scale) }
        case .float64: try apply(Double.self, 0) { $0 * scale }
        case .float16: try apply(Float16.self, 0) { Float16(Float($0) * Float(scale)) }
        case .bfloat16:
            try apply(BFloat16.self, BFloat16(0)) { BFloat16(Float($0) * Float(scale)) }
        default: throw x.notSupported()
        }
    }
}

extension Dropout: DifferentiableOperator {
    /// In training, `g / (1 − ratio)` where the element was kept, 0 elsewhere; outside, `g`.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        guard training != .never else { return derivative.give(g, for: 0) }
        let isKept = try derivative.append(Cast(to: .bool), derivative.output(1))
        let type = try derivative.composition.dataType(g)
        var share = try derivative.scalar(1 - Double(ratio ?? 0.5), like: g)
        if let given = derivative.optionalInput(1) {
            share = try derivative.subtract(1, derivative.composition.cast(given, to: type))
        }
        let scaled = try derivative.keep(derivative.divide(g, share), where: isKept)
        guard training == .whenAsked, let isTraining = derivative.optionalInput(2) else {
            return derivative.give(scaled, for: 0)
        }
        derivative.give(try derivative.select(isTraining, scaled, g), for: 0)
    }

    /// The mask, in training.
    public var outputsForDerivative: [Int] { training == .never ? [] : [1] }
}
