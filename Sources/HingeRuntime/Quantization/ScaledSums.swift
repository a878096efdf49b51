internal import CVectorMath
import HingeGraph
import HingeOperators

/// Numbers of the sums of products of integers: `(sums − zero point · column sums) · scale + bias`.
///
/// Inputs: the sums, `int32` of `[…, N]`; the sums of the columns of the right factor, `int32` of `[N]`; the zero point of the
/// left factor, optional, and its scale, one each; the scale of the right factor, one or `[N]`; optional, a bias, `[N]`. Integers
/// wrap around. The product of the scales, that with it, and the sum with the bias are each rounded to single precision.
struct ScaledSums: InternalOperator {
    static let type = "ScaledSums"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [.tensor(.float32, context.shape(0))]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let shape = try context.input(0).shape
        let columns = shape.last ?? 1
        let bias = try context.optionalInput(5)
        guard try context.input(0).dataType == .int32, try context.input(1).shape == [columns],
            bias.map({ $0.shape == [columns] && $0.dataType == .float32 }) ?? true
        else {
            throw HingeError(.mismatch, "expected sums of \(columns) columns")
        }
        return { context in
            let zero = try context.optionalInput(2)?.integers().first ?? 0
            let left = try context.input(3).array(of: Float.self)
            let right = try context.input(4).array(of: Float.self)
            guard left.count == 1, right.count == 1 || right.count == columns else {
                throw HingeError(.mismatch, "expected 1 or \(columns) scales, found \(right.count)")
            }
            let factors = Factors(
                scales: (0..<columns).map { left[0] * right[right.count == 1 ? 0 : $0] },
                offsets: try context.input(1).array(of: Int32.self).map {
                    Int32(truncatingIfNeeded: -zero) &* $0
                },
                bias: try context.optionalInput(5)?.array(of: Float.self))
            // The memory may be that of the result, which tells another element type.
            let sums = try context.input(0)
            let y = try context.output(0, .float32, shape)
            sums.withUnsafeBytes {
                factors.apply(
                    to: $0.assumingMemoryBound(to: Int32.self), y.elements(of: Float.self))
            }
        }
    }

    /// What is done to each row.
    private struct Factors: Sendable {
        let scales: [Float]
        let offsets: [Int32]
        let bias: [Float]?

        func apply(to x: UnsafeBufferPointer<Int32>, _ y: UnsafeMutableBufferPointer<Float>) {
            let columns = scales.count
            guard columns > 0, let x = x.baseAddress, let result = y.baseAddress else { return }
            nonisolated(unsafe) let sums = x
            nonisolated(unsafe) let numbers = result
            parallelFor(y.count / columns, cost: 3 * columns) { rows in
                for row in rows {
                    let start = row * columns
                    if let bias {
                        hinge_scale_sums(
                            sums + start, offsets, 0, scales, bias, numbers + start, columns)
                    } else {
                        hinge_scale_sums(
                            sums + start, offsets, 0, scales, nil, numbers + start, columns)
                    }
                }
            }
        }
    }
}
