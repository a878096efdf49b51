import HingeGraph

/// An operator that gives where along an axis the largest or smallest element is: `ArgMax`, `ArgMin`.
///
/// Source: ONNX ArgMax and ArgMin 1, 11, 12, 13.
public protocol ExtremumIndexOperator: Operator {
    /// The axis; negative values count from the last.
    var axis: Int { get set }
    /// Whether the reduced dimension stays, with an extent of 1.
    var keepsDimensions: Bool { get set }
    /// Whether the last of several equal elements counts; otherwise the first does.
    var selectsLast: Bool { get set }

    /// Creates the operator.
    init(axis: Int, keepsDimensions: Bool, selectsLast: Bool)
}

public extension ExtremumIndexOperator {
    init(_ node: NodeReader) throws {
        self.init(
            axis: try node.int("axis", default: 0),
            keepsDimensions: try node.flag("keepdims", default: true),
            selectsLast: try node.flag("select_last_index", default: false))
    }

    func spell(_ speller: inout Speller) throws {
        if selectsLast && speller.opset < 12 {
            throw speller.needs(12, "\(Self.type) that selects the last index")
        }
        var axis = axis
        if axis < 0 && speller.opset < 11 {
            guard let rank = speller.shape(0)?.rank else {
                throw speller.needs(11, "\(Self.type) with a negative axis")
            }
            axis += rank
        }
        speller.emit(
            Self.type,
            [.int("axis", axis), .int("keepdims", keepsDimensions ? 1 : 0)]
                + (selectsLast ? [.int("select_last_index", 1)] : []))
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        guard var shape = context.shape(0) else { return [.tensor(.int64, nil)] }
        let index = try InferenceContext.axis(axis, rank: shape.rank)
        if keepsDimensions {
            shape[index] = 1
        } else {
            shape.dimensions.remove(at: index)
        }
        return [.tensor(.int64, shape)]
    }
}

extension ExtremumIndexOperator {
    /// Writes where the elements are that `isBetter` prefers; a NaN is better than any number.
    func findIndices(
        _ context: inout EvaluationContext, _ isBetter: some BinaryPredicate
    ) throws {
        let x = try context.input(0)
        let span = try AxisSpan(x.shape, axis: axis)
        let index = try InferenceContext.axis(axis, rank: x.rank)
        var shape = x.shape
        shape[index] = 1
        if !keepsDimensions { shape.remove(at: index) }
        let y = try context.output(0, .int64, shape).elements(of: Int64.self)
        guard span.count > 0 || y.isEmpty else {
            throw HingeError(
                .mismatch, "expected elements along axis \(axis), found the shape \(x.shape)")
        }
        guard !y.isEmpty else { return }
        var finder = IndexFinder(
            x: x, y: y, span: span, isBetter: isBetter, selectsLast: selectsLast)
        guard x.dataType != .bool, try x.dataType.visit(&finder) != nil else {
            throw x.notSupported()
        }
    }
}

private struct IndexFinder<Predicate: BinaryPredicate>: NumberVisitor {
    let x: Tensor
    let y: UnsafeMutableBufferPointer<Int64>
    let span: AxisSpan
    let isBetter: Predicate
    let selectsLast: Bool

    func visit<T: NumberElement>(_ type: T.Type) throws {
        let x = try x.aligned()
        guard let base = x.region?.base.assumingMemoryBound(to: T.self), let y = y.baseAddress,
            span.count > 0
        else { return }
        span.forEachLines(cost: 4) { lines in
            let outer = lines.start / (span.count * span.inner)
            let column = lines.start % span.inner
            if span.inner == 1 {
                y[outer] = row(base + lines.start)
            } else {
                columns(base + lines.start, y + (outer * span.inner + column), lines.count)
            }
        }
        withExtendedLifetime(x) {}
    }

    @inline(__always)
    private func replaces<Number: ComputedNumber>(_ next: Number, _ best: Number) -> Bool {
        isBetter(next, best) || selectsLast && next == best
            || next.isNotANumber && !best.isNotANumber
    }

    private func row<T: NumberElement>(_ x: UnsafePointer<T>) -> Int64 {
        var best = x[0].computed
        var place = 0
        for step in 1..<span.count {
            let next = x[step].computed
            if replaces(next, best) { (best, place) = (next, step) }
        }
        return Int64(place)
    }

    /// All lines at once, so that memory is walked in order.
    private func columns<T: NumberElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<Int64>, _ lines: Int
    ) {
        withTemporaryMemory(of: T.Computed.self, capacity: lines) { buffer in
            guard let best = buffer.baseAddress else { return }
            for index in 0..<lines {
                best[index] = x[index].computed
                y[index] = 0
            }
            for step in 1..<span.count {
                let row = x + step * span.inner
                for index in 0..<lines {
                    let next = row[index].computed
                    if replaces(next, best[index]) { (best[index], y[index]) = (next, Int64(step)) }
                }
            }
        }
    }
}
