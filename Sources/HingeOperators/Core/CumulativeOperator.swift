import HingeGraph

/// An operator that gives what the elements up to each one along an axis add up to: `CumSum`, `CumProd`.
public protocol CumulativeOperator: PreparedOperator {
    /// The axis, where it is a constant of the operator; otherwise it is input 1.
    var axis: Int? { get set }
    /// Whether each element itself is left out.
    var isExclusive: Bool { get set }
    /// Whether to begin at the end.
    var isReversed: Bool { get set }

    /// Creates the operator; without an axis, that is input 1.
    init(axis: Int?, isExclusive: Bool, isReversed: Bool)
}

public extension CumulativeOperator {
    init(_ node: NodeReader) throws {
        self.init(
            axis: nil, isExclusive: try node.flag("exclusive", default: false),
            isReversed: try node.flag("reverse", default: false))
    }

    var operandValues: [Int: Tensor] { axis.map { [1: Tensor(scalar: Int64($0))] } ?? [:] }

    func spell(_ speller: inout Speller) throws { emit(&speller) }

    /// Writes the operator as one node.
    internal func emit(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [.int("exclusive", isExclusive ? 1 : 0), .int("reverse", isReversed ? 1 : 0)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let axis = context.integers(1)?.first, let rank = context.shape(0)?.rank {
            _ = try InferenceContext.axis(axis, rank: rank)
        }
        return context.same()
    }

    var inPlaceInputs: [Int] { [0] }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [1: .exactly([0])]
    }
}

/// How a number joins those before it.
protocol Accumulation: Sendable {
    func initial<T: ComputedNumber>() -> T
    func callAsFunction<T: ComputedNumber>(_ a: T, _ b: T) -> T
}

extension CumulativeOperator {
    /// Accumulates along the axis.
    func accumulate(
        _ context: PreparationContext, _ accumulation: some Accumulation
    ) throws -> Kernel {
        let x = try context.input(0)
        return try context.kernel(knowing: 1..<2) { context in
            guard let axis = try context.input(1).integers().first else {
                throw HingeError(.mismatch, "expected an axis as input 1, found none")
            }
            let span = try AxisSpan(x.shape, axis: axis)
            return { context in
                var visitor = Visitor(
                    x: try context.input(0), y: try context.output(0, x.dataType, x.shape),
                    span: span, isExclusive: isExclusive, isReversed: isReversed,
                    accumulation: accumulation)
                guard x.dataType != .bool, try x.dataType.visit(&visitor) != nil else {
                    throw x.notSupported()
                }
            }
        }
    }
}

private struct Visitor<Combination: Accumulation>: NumberVisitor {
    let x: Tensor
    let y: OutputTensor
    let span: AxisSpan
    let isExclusive: Bool
    let isReversed: Bool
    let accumulation: Combination

    func visit<T: NumberElement>(_ type: T.Type) throws {
        guard let y = y.elements(of: T.self).baseAddress else { return }
        try x.withUnsafeElements(of: T.self) { x in
            guard let x = x.baseAddress else { return }
            span.forEachLines(cost: 8) { lines in
                if lines.count == 1 {
                    run(x + lines.start, y + lines.start)
                } else {
                    run(x + lines.start, y + lines.start, lines.count)
                }
            }
        }
    }

    private func run<T: NumberElement>(_ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>) {
        var state: T.Computed.Accumulator = accumulation.initial()
        for step in 0..<span.count {
            let place = (isReversed ? span.count - 1 - step : step) * span.inner
            let next = accumulation(state, x[place].computed.accumulator)
            y[place] = T(computed: T.Computed(isExclusive ? state : next))
            state = next
        }
    }

    /// All lines at once, so that memory is walked in order.
    private func run<T: NumberElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ lines: Int
    ) {
        typealias State = T.Computed.Accumulator
        withTemporaryMemory(of: State.self, capacity: lines) { states in
            guard let states = states.baseAddress else { return }
            for line in 0..<lines { states[line] = accumulation.initial() }
            for step in 0..<span.count {
                let place = isReversed ? span.count - 1 - step : step
                let (x, y) = (x + place * span.inner, y + place * span.inner)
                for line in 0..<lines {
                    let state = states[line]
                    let next = accumulation(state, x[line].computed.accumulator)
                    y[line] = T(computed: T.Computed(isExclusive ? state : next))
                    states[line] = next
                }
            }
        }
    }
}
