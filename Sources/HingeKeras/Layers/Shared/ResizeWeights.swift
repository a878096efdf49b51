import Foundation
import HingeGraph
import HingeOperators

/// How each element along an axis of a resized image is a sum of the elements of the image, for the
/// interpolations that no operator has.
///
/// Source: TensorFlow `tf.image.resize`, whose kernels are centred on pixels, cut off at the borders
/// and divided by their sum; JAX has the same.
enum ResizeKernel: String, Sendable {
    case area, gaussian, lanczos3, lanczos5, mitchellcubic

    /// The weights `[count, extent]` that make `count` elements of `extent`.
    ///
    /// - Parameter isAntialiased: Whether the kernel widens when the image shrinks.
    func weights(from extent: Int, to count: Int, isAntialiased: Bool) throws -> Tensor {
        guard extent > 0, count > 0, extent <= 1 << 24 / count else {
            throw HingeError(
                .limit, "expected a smaller image, found \(extent) elements made into \(count)")
        }
        let step = Double(extent) / Double(count)
        var weights = [Float](repeating: 0, count: extent * count)
        for index in 0..<count {
            let row =
                self == .area
                ? overlaps(Double(index) * step, Double(index + 1) * step, extent)
                : samples((Double(index) + 0.5) * step, isAntialiased ? max(step, 1) : 1, extent)
            let sum = row.reduce(0) { $0 + $1.weight }
            for (source, weight) in row where sum != 0 {
                weights[index * extent + source] = Float(weight / sum)
            }
        }
        return Tensor(weights, shape: [count, extent])
    }

    /// How much of each element is in a range.
    private func overlaps(
        _ start: Double, _ end: Double, _ extent: Int
    ) -> [(source: Int, weight: Double)] {
        (Int(start)..<min(Int(end.rounded(.up)), extent)).map { source in
            (source, min(end, Double(source + 1)) - max(start, Double(source)))
        }
    }

    /// The kernel around a place.
    private func samples(
        _ center: Double, _ scale: Double, _ extent: Int
    ) -> [(source: Int, weight: Double)] {
        let reach = radius * scale
        let first = max(Int((center - reach - 0.5).rounded(.up)), 0)
        let last = min(Int((center + reach - 0.5).rounded(.down)), extent - 1)
        guard first <= last else { return [] }
        return (first...last).map { ($0, value((Double($0) + 0.5 - center) / scale)) }
    }

    private var radius: Double {
        switch self {
        case .area: 0.5
        case .gaussian: 1.5
        case .mitchellcubic: 2
        case .lanczos3: 3
        case .lanczos5: 5
        }
    }

    private func value(_ x: Double) -> Double {
        let x = abs(x)
        switch self {
        case .area: return 1
        case .gaussian:
            let sigma = radius / 3
            return x >= radius ? 0 : exp(-x * x / (2 * sigma * sigma))
        case .mitchellcubic:
            if x >= 2 { return 0 }
            return x >= 1
                ? (((-7 / 18 * x + 2) * x - 10 / 3) * x) + 16 / 9
                : ((7 / 6 * x - 2) * x) * x + 8 / 9
        case .lanczos3, .lanczos5:
            if x >= radius { return 0 }
            if x <= 1e-3 { return 1 }
            return radius * sin(.pi * x) * sin(.pi * x / radius) / (.pi * .pi * x * x)
        }
    }
}

extension LayerContext {
    /// An image brought to a size by two products, one for each spatial axis.
    func resized(
        _ x: Operand, _ kernel: ResizeKernel, to sizes: [Int], isAntialiased: Bool,
        _ format: DataFormat
    ) throws -> Operand {
        let first = format == .channelsLast ? 1 : 2
        let extents = [try extent(x, first), try extent(x, first + 1)]
        let type = try dataType(x)
        func matrix(_ axis: Int, isTransposed: Bool) throws -> Operand {
            var weights = try kernel.weights(
                from: extents[axis], to: sizes[axis], isAntialiased: isAntialiased)
            if isTransposed { weights = try fold(Transpose([1, 0]), [weights]) }
            return constant(
                try fold(Cast(to: type), [weights]), axis == 0 ? "row_weights" : "column_weights")
        }
        guard format == .channelsLast else {
            let rows = try append(MatMul(), matrix(0, isTransposed: false), x, as: "rows")
            return try append(MatMul(), rows, matrix(1, isTransposed: true))
        }
        let channels = try extent(x, 3)
        let flat = try append(
            Reshape(shape: [0, extents[0], extents[1] * channels]), x, as: "flat")
        let rows = try append(MatMul(), matrix(0, isTransposed: false), flat, as: "rows")
        let apart = try append(
            Reshape(shape: [0, sizes[0], extents[1], channels]), rows, as: "apart")
        return try append(MatMul(), matrix(1, isTransposed: false), apart)
    }
}
