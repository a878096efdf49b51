import HingeGraph

/// The short-time Fourier transform: that of frames of a signal, `[B, L, 1]` of real or `[B, L, 2]` of complex numbers, which lie
/// a step apart.
///
/// B is the batch, L the length of the signal. Input 1 is the step, one integer, input 2 a window, `[F]`, that each frame is
/// multiplied by, input 3 the length F of the frames, one integer; without both, a frame is the signal. The result,
/// `[B, ⌊(L − F) / step⌋ + 1, K, 2]`, has K = ⌊F / 2⌋ + 1 frequencies of a one-sided transform, which is one of real numbers, and
/// else F. Real signals may also come as `[B, L]`, as exporters write them.
///
/// It is computed in double precision.
///
/// Source: ONNX STFT 17; Allen and Rabiner, "A unified approach to short-time Fourier analysis and synthesis", 1977.
public struct STFT: PreparedOperator {
    /// Whether only the half of the spectrum is given that says all of real numbers.
    public var isOneSided: Bool

    /// Creates the operator.
    public init(isOneSided: Bool = true) {
        self.isOneSided = isOneSided
    }
}

public extension STFT {
    static let type = "STFT"

    init(_ node: NodeReader) throws {
        isOneSided = try node.flag("onesided", default: true)
    }

    /// Before version 17: the transforms of all frames, side by side.
    func spell(_ speller: inout Speller) throws {
        if speller.opset < 17 { return try spellAsFrames(&speller) }
        speller.emit(Self.type, [.int("onesided", isOneSided ? 1 : 0)])
    }

    private func spellAsFrames(_ speller: inout Speller) throws {
        guard speller.opset >= 11 else { throw speller.needs(11, Self.type) }
        let type = try speller.elementType(0)
        guard let shape = speller.shape(0), let parts = shape.rank == 2 ? 1 : shape[2].extent else {
            throw speller.needs(17, "STFT of a signal that may be complex or not")
        }
        func scalar(_ index: Int) -> String {
            let number = speller.cast(speller.inputs[index], to: .int64)
            return speller.step("Reshape", [number, speller.vector([])])
        }
        func numbers(_ count: String) -> String {
            speller.step("Range", [speller.whole(0), count, speller.whole(1)])
        }
        let length = speller.element(1, of: speller.step("Shape", [speller.inputs[0]]))
        var frame = length
        if speller.hasInput(3) {
            frame = scalar(3)
        } else if speller.hasInput(2) {
            frame = speller.element(0, of: speller.step("Shape", [speller.inputs[2]]))
        }
        let step = scalar(1)
        let room = speller.step("Sub", [length, frame])
        let count = speller.step("Add", [speller.step("Div", [room, step]), speller.whole(1)])
        let starts = try speller.append(
            Reshape(shape: [-1, 1]), [speller.step("Mul", [numbers(count), step])])
        let places = speller.step("Add", [starts, numbers(frame)])
        // [B, frames, F], and the parts of complex numbers.
        var frames = speller.step("Gather", [speller.inputs[0], places], [.int("axis", 1)])
        if shape.rank == 2 {
            frames = try speller.unsqueezed(frames, [3], type: type, rank: 3)
        }
        if speller.hasInput(2) {
            let window = try speller.append(Reshape(shape: [-1, 1]), [speller.inputs[2]])
            frames = speller.step("Mul", [frames, window])
        }
        let known = Inferred.tensor(type, [shape[0], .unknown, .unknown, .known(parts)])
        try speller.append(
            DFT(isOneSided: isOneSided, axis: 2), [frames], outputs: speller.outputs,
            known: [known])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        try context.requireScalars(1..<2)
        try context.requireScalars(3..<4)
        guard let signal = context.shape(0) else { return [.tensor(type, .unknown(rank: 4))] }
        try checkSignal(signal)
        var frame = Shape.Dimension.unknown
        if context.has(3) {
            frame = context.elements(3)?.first ?? .unknown
        } else if context.has(2) {
            frame = context.shape(2).flatMap { $0.rank == 1 ? $0[0] : nil } ?? .unknown
        } else {
            frame = signal[1]
        }
        var frames = Shape.Dimension.unknown
        if let step = context.integers(1)?.first {
            if let length = signal[1].extent, let frame = frame.extent {
                frames = .known(try frameCount(length: length, frame: frame, step: step))
            } else {
                frames = .sum([signal[1].minus(frame).quotient(by: step), 1])
            }
        }
        let bins = isOneSided ? .sum([frame.quotient(by: 2), 1]) : frame
        return [.tensor(type, [signal[0], frames, bins, 2])]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        let frame = context.length(2) ?? max((context.extent(0, 1) ?? 8) / 2, 1)
        return [1: .within(1, 4), 3: .exactly([frame])]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let (signal, window) = (try context.input(0), try context.optionalInput(2))
        try checkSignal(Shape(signal.shape))
        if let window {
            guard window.rank == 1 else {
                throw HingeError(.mismatch, "expected a window, found \(window.shape)")
            }
            guard window.dataType == signal.dataType else {
                throw HingeError(
                    .mismatch,
                    "expected a window of \(signal.dataType), found \(window.dataType)")
            }
        }
        // The window's elements are read in each run.
        let makes: @Sendable (EvaluationContext) throws -> Kernel = { context in
            let step = try context.input(1).integer()
            let stated = try context.optionalInput(3)?.integer()
            let frame = stated ?? window?.shape[0] ?? signal.shape[1]
            if let window, window.shape[0] != frame {
                throw HingeError(
                    .mismatch,
                    "expected a window of the length \(frame) of a frame, found \(window.shape[0])")
            }
            return try kernel(signal, frame: frame, step: step)
        }
        guard context.constant(1) != nil, !context.has(3) || context.constant(3) != nil else {
            return { context in try makes(context)(&context) }
        }
        return try makes(
            EvaluationContext(inputs: [
                nil, context.constant(1).map { .tensor($0) }, nil,
                context.constant(3).map { .tensor($0) },
            ]))
    }
}

extension STFT {
    private func checkSignal(_ shape: Shape) throws {
        let parts = shape.rank == 3 ? shape[2].extent ?? 1 : 1
        guard (2...3).contains(shape.rank), (1...2).contains(parts) else {
            throw HingeError(
                .mismatch, "expected a signal [batch, length, 1 or 2], found \(shape)")
        }
        guard !isOneSided || parts == 1 else {
            throw HingeError(
                .mismatch, "expected a real signal to transform one-sidedly, found \(shape)")
        }
    }

    private func frameCount(length: Int, frame: Int, step: Int) throws -> Int {
        guard step >= 1, frame >= 1 else {
            throw HingeError(
                .mismatch, "expected a step and frames of 1 or more, found \(step) and \(frame)")
        }
        guard frame <= length else {
            throw HingeError(
                .mismatch, "expected a signal as long as its frames, \(frame), found \(length)")
        }
        return (length - frame) / step + 1
    }

    private func kernel(_ signal: KnownTensor, frame: Int, step: Int) throws -> Kernel {
        let (batch, length) = (signal.shape[0], signal.shape[1])
        let parts = signal.rank == 3 ? signal.shape[2] : 1
        let frames = try frameCount(length: length, frame: frame, step: step)
        let bins = isOneSided ? frame / 2 + 1 : frame
        let shape = [batch, frames, bins, 2]
        try MemoryLimit.check(signal.dataType, shape)
        guard batch > 0 else {
            return { context in _ = try context.output(0, signal.dataType, shape) }
        }
        let transforms = try FourierLines(
            count: frame, .forward, rows: batch, linesPerRow: frames,
            from: FourierLines.Place(
                row: length * parts, line: frames > 1 ? step * parts : 0, element: parts,
                count: frame, isComplex: parts == 2),
            to: FourierLines.Place(
                row: frames * bins * 2, line: bins * 2, element: 2, count: bins, isComplex: true))
        let type = signal.dataType
        return try signal.inRealType(
            float: { context in
                let window = try context.optionalInput(2)?.doubles()
                try context.transform(Float.self, transforms, window: window, type, shape)
            },
            double: { context in
                let window = try context.optionalInput(2)?.doubles()
                try context.transform(Double.self, transforms, window: window, type, shape)
            })
    }
}

extension STFT: SteppedOperator {
    /// Frames, times the window, transformed.
    public func appendSteps(_ steps: inout Composition) throws {
        var signal = try steps.input(0)
        let shape = try steps.knownShape(signal)
        if shape.rank == 2 { signal = try steps.append(Unsqueeze(axes: [2]), signal) }
        func number(_ index: Int) throws -> Int? {
            guard let operand = steps.optionalInput(index) else { return nil }
            guard let tensor = steps.fact(operand).constant else {
                throw steps.unknown("the step and the length of frames")
            }
            return try tensor.integer()
        }
        let window = steps.optionalInput(2)
        guard let length = shape[1].extent, let step = try number(1) else {
            throw steps.unknown("the length of the signal")
        }
        let stated = try number(3) ?? window.flatMap { steps.shape($0)?.extents?.first }
        let frame = stated ?? length
        let count = try frameCount(length: length, frame: frame, step: step)
        try MemoryLimit.checkArray(of: Int64.self, count: Extent.product(of: [count, frame]))
        let places = (0..<count).flatMap { start in
            (0..<frame).map { Int64(start * step + $0) }
        }
        var frames = try steps.append(
            Gather(axis: 1), signal,
            steps.constant(Tensor(places, shape: [count, frame])))
        if let window {
            frames = try steps.multiply(
                frames, steps.append(Unsqueeze(axes: [1]), window))
        }
        steps.give(
            try steps.append(DFT(isOneSided: isOneSided, axis: 2), frames))
    }
}
