import HingeGraph

/// The discrete Fourier transform along one axis of a signal, `[…, L, …, 1]` of real or `[…, L, …, 2]` of complex numbers.
///
/// Input 1 is the length n of the transform, one integer: a longer signal is cut off, zeros follow a shorter one; by default it is
/// L. Input 2 is the axis, one integer, never that of real and imaginary parts. The result, `[…, n, …, 2]`, of a one-sided
/// transform is `[…, ⌊n / 2⌋ + 1, …, 2]`; that of the inverse of a one-sided transform of real numbers, whose default n is
/// `2 · (L − 1)`, is `[…, n, …, 1]`.
///
/// It is computed in double precision.
///
/// Source: ONNX DFT 17, 20. Before 20 the axis was an attribute, whose default was 1, not −2.
public struct DFT: PreparedOperator {
    /// Whether it is the inverse transform, which divides by n.
    public var isInverse: Bool
    /// Whether only the half of a spectrum is given that says all of real numbers.
    public var isOneSided: Bool
    /// The axis, where it is a constant of the operator; otherwise it is input 2, or −2.
    public var axis: Int?

    /// Creates the operator; without an axis of its own, that is input 2, or −2.
    public init(isInverse: Bool = false, isOneSided: Bool = false, axis: Int? = nil) {
        self.isInverse = isInverse
        self.isOneSided = isOneSided
        self.axis = axis
    }
}

public extension DFT {
    static let type = "DFT"

    init(_ node: NodeReader) throws {
        isInverse = try node.flag("inverse", default: false)
        isOneSided = try node.flag("onesided", default: false)
        axis = node.opset < 20 ? try node.int("axis", default: 1) : nil
    }

    var operandValues: [Int: Tensor] { axis.map { [2: Tensor(scalar: Int64($0))] } ?? [:] }

    func spell(_ speller: inout Speller) throws {
        let flags: [Attribute] = [
            .int("inverse", isInverse ? 1 : 0), .int("onesided", isOneSided ? 1 : 0),
        ]
        guard speller.opset < 20 else { return speller.emit(Self.type, flags) }
        if speller.opset < 17 { return try spellAsProducts(&speller) }
        var axis = -2
        if speller.hasInput(2) {
            guard let constant = try speller.constantInput(2)?.integer() else {
                return try spellComputedAxis(&speller, flags)
            }
            axis = constant
        }
        speller.emit(
            Self.type, flags + [.int("axis", axis)], inputs: Array(speller.inputs.prefix(2)),
            outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        try context.requireScalars(1..<3)
        guard var shape = context.shape(0) else { return [.tensor(type, nil)] }
        try checkParts(shape)
        let last = shape.rank - 1
        shape[last] = isInverse && isOneSided ? 1 : 2
        guard let axis = context.has(2) ? context.integers(2)?.first : -2 else {
            if !isOneSided, !context.has(1) { return [.tensor(type, shape)] }
            let unknown = [Shape.Dimension](repeating: .unknown, count: last)
            return [.tensor(type, Shape(unknown + [shape[last]]))]
        }
        let index = try signalAxis(axis, rank: shape.rank)
        var length = context.has(1) ? context.elements(1)?.first ?? .unknown : shape[index]
        if !context.has(1), isInverse, isOneSided {
            length = .product([2, shape[index].minus(1)])
        }
        if let extent = length.extent { try checkLength(extent) }
        shape[index] =
            isOneSided && !isInverse ? .sum([length.quotient(by: 2), 1]) : length
        return [.tensor(type, shape)]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [1: .within(4, 12), 2: .exactly([-2])]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        try checkParts(Shape(x.shape))
        return try context.kernel(knowing: 1..<3) { context in
            let axis = try context.optionalInput(2)?.integer() ?? axis ?? -2
            let index = try signalAxis(axis, rank: x.rank)
            let extent = x.shape[index]
            let standard = isInverse && isOneSided ? (2 * (Extent(extent) - 1)).value : extent
            let length = try context.optionalInput(1)?.integer() ?? standard
            try checkLength(length)
            var shape = x.shape
            shape[index] = isOneSided && !isInverse ? length / 2 + 1 : length
            shape[x.rank - 1] = isInverse && isOneSided ? 1 : 2
            try MemoryLimit.check(x.dataType, shape)
            return try kernel(x, shape, axis: index, length: length)
        }
    }
}

extension DFT {
    /// Throws unless the last dimension surely may be that of real and imaginary parts.
    private func checkParts(_ shape: Shape) throws {
        guard shape.rank >= 2, let parts = shape.dimensions.last,
            (1...2).contains(parts.extent ?? 1)
        else {
            throw HingeError(
                .mismatch, "expected a signal whose last dimension is 1 or 2, found \(shape)")
        }
        guard isOneSided, let known = parts.extent else { return }
        guard known == (isInverse ? 2 : 1) else {
            throw HingeError(
                .mismatch,
                isInverse
                    ? "expected a complex spectrum to invert one-sidedly, found \(shape)"
                    : "expected a real signal to transform one-sidedly, found \(shape)")
        }
    }

    private func checkLength(_ length: Int) throws {
        guard length >= 1 else {
            throw HingeError(.mismatch, "expected a length of 1 or more, found \(length)")
        }
    }

    /// An axis, made non-negative; the last dimension isn't one.
    private func signalAxis(_ axis: Int, rank: Int) throws -> Int {
        let index = try InferenceContext.axis(axis, rank: rank)
        guard index < rank - 1 else {
            throw HingeError(
                .mismatch, "expected the axis of a signal, found that of real and imaginary parts")
        }
        return index
    }

    /// The kernel for a signal, given the shape of the result.
    private func kernel(
        _ x: KnownTensor, _ shape: [Int], axis: Int, length: Int
    ) throws -> Kernel {
        guard !shape.contains(0) else {
            return { context in _ = try context.output(0, x.dataType, shape) }
        }
        let rows = shape[..<axis].reduce(1, *)
        let lines = shape[(axis + 1)..<(x.rank - 1)].reduce(1, *)
        func place(_ shape: [Int]) -> FourierLines.Place {
            let parts = shape[x.rank - 1]
            return FourierLines.Place(
                row: shape[axis] * lines * parts, line: parts, element: lines * parts,
                count: shape[axis], isComplex: parts == 2)
        }
        let transforms = try FourierLines(
            count: length, isInverse ? (isOneSided ? .inverseOfHalf : .inverse) : .forward,
            rows: rows, linesPerRow: lines, from: place(x.shape), to: place(shape))
        return try x.inRealType(
            float: { try $0.transform(Float.self, transforms, x.dataType, shape) },
            double: { try $0.transform(Double.self, transforms, x.dataType, shape) })
    }
}

extension KnownTensor {
    /// Of two kernels, the one for `float64`, or the one for narrower floating-point numbers.
    ///
    /// - Throws: ``HingeError`` when the elements aren't of a floating-point type of 16 bits or more.
    func inRealType(float: @escaping Kernel, double: @escaping Kernel) throws -> Kernel {
        switch dataType {
        case .float64: return double
        case .float32, .float16, .bfloat16: return float
        default: throw notSupported()
        }
    }
}

extension EvaluationContext {
    /// Transforms the lines of input 0 to output 0.
    mutating func transform<T: RealElement>(
        _ type: T.Type, _ transforms: FourierLines, window: [Double]? = nil,
        _ dataType: DataType, _ shape: [Int]
    ) throws {
        let x = try input(0).reals(T.self)
        let y = try output(0, dataType, shape)
        try x.withUnsafeElements(of: T.self) { x in
            try y.withReals(T.self) { y in
                guard let target = y.baseAddress else { return }
                // A signal without elements has no address, and nothing of it is read.
                try transforms.run(
                    x.baseAddress ?? UnsafePointer(target), window: window, target)
            }
        }
    }
}

extension DFT: DifferentiableOperator {
    /// The transform in the other direction, with the factor of the adjoint matrix.
    ///
    /// Of real numbers, it is the real part; where the signal was cut off or filled up, zeros and nothing.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let x = try derivative.input(0)
        let from = try derivative.composition.knownShape(x)
        let to = try derivative.composition.knownShape(g)
        let known = derivative.optionalInput(2).map { derivative.composition.fact($0).constant }
        guard known == nil || known != .some(nil), let signal = from.extents,
            let spectrum = to.extents
        else { throw derivative.unsupported("DFT of extents or along an axis that aren't known") }
        let stated = try known??.integer() ?? axis ?? -2
        let place = try InferenceContext.axis(stated, rank: from.rank)
        var length = isOneSided && !isInverse ? signal[place] : spectrum[place]
        if isOneSided, !isInverse, let given = derivative.optionalInput(1) {
            guard let tensor = derivative.composition.fact(given).constant else {
                throw derivative.unsupported("DFT of a length that is computed")
            }
            length = try tensor.integer()
        }
        let back = DFT(isInverse: !isInverse, isOneSided: isInverse && isOneSided, axis: place)
        var result = try derivative.append(back, derivative.resized(g, place, length))
        if isInverse, isOneSided {
            // The middle of the spectrum stands for two terms, its ends for one.
            let bins = length / 2 + 1
            let weights = (0..<bins).map { $0 == 0 || 2 * $0 == length ? 1.0 : 2 }
            let type = try derivative.composition.dataType(g)
            let shape = [bins] + [Int](repeating: 1, count: from.rank - 1 - place)
            result = try derivative.multiply(
                result, derivative.constant(Tensor(weights, shape: shape).converted(to: type)))
        }
        result = try derivative.multiply(
            result, isInverse ? 1 / Double(length) : Double(length))
        if signal[from.rank - 1] == 1 {
            result = try derivative.append(
                SliceOf(starts: [0], ends: [1], axes: [from.rank - 1]), result)
        }
        derivative.give(try derivative.resized(result, place, signal[place]), for: 0)
    }
}
