import HingeGraph

/// The weights of linear and cubic interpolation along one dimension.
struct AxisWeights: Sendable {
    /// How many elements of the input each element of the output is made of.
    let taps: Int
    /// The index in the input of each of them, element by element.
    var indices: [Int] = []
    /// The weight of each of them.
    var weights: [Double] = []
    /// The elements of the output that lie outside the input, and have a value of their own.
    var outside: [Int] = []
    /// The extent of the output.
    let count: Int
}

/// The function that weighs neighbours by their distance.
struct InterpolationKernel {
    private let resize: Resize

    init(_ resize: Resize) { self.resize = resize }

    /// The weights along a dimension.
    func weights(of axis: ResizedAxis) throws -> AxisWeights {
        // When the output is smaller, an antialiasing kernel is as much wider.
        let stretch = resize.isAntialiased ? min(axis.scale, 1) : 1
        let radius: Double = resize.mode == .cubic ? 2 : 1
        let reach =
            resize.mode == .nearest ? 0 : (radius / stretch).rounded(.up).integer(in: 1...1 << 30)
        let taps = resize.mode == .nearest ? 1 : 2 * reach
        try MemoryLimit.check(.float64, [axis.resultExtent, taps])
        var result = AxisWeights(taps: taps, count: axis.resultExtent)
        let last = axis.extent - 1
        for index in 0..<axis.resultExtent {
            let place = axis.place(of: index, resize.coordinates)
            if resize.coordinates == .tensorFlowCrop, place < 0 || place > Double(last) {
                result.outside.append(index)
            }
            // Far outside, every neighbour is the edge.
            let center = min(max(place, -1e9), 1e9)
            guard resize.mode != .nearest else {
                result.indices.append(
                    center.rounded(by: resize.rounding).integer(in: 0...last))
                result.weights.append(1)
                continue
            }
            let first = center.rounded(.down).integer(in: -1 << 30...1 << 30) - reach + 1
            var weights = (0..<taps).map { tap in
                let neighbour = first + tap
                if resize.excludesOutside, neighbour < 0 || neighbour > last { return 0.0 }
                return weight(abs(Double(neighbour) - center) * stretch)
            }
            if resize.isAntialiased || resize.excludesOutside {
                let sum = weights.reduce(0, +)
                if sum != 0 { weights = weights.map { $0 / sum } }
            }
            result.weights += weights
            result.indices += (0..<taps).map { min(max(first + $0, 0), last) }
        }
        return result
    }

    /// The weight of a neighbour at a distance.
    ///
    /// Cubic: Keys, "Cubic convolution interpolation for digital image processing", 1981, equation 4.
    private func weight(_ distance: Double) -> Double {
        guard resize.mode == .cubic else { return max(0, 1 - distance) }
        let a = Double(resize.cubicCoefficient)
        if distance <= 1 {
            return ((a + 2) * distance - (a + 3)) * distance * distance + 1
        }
        guard distance < 2 else { return 0 }
        return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
    }
}

/// A tensor of numbers interpolated in some dimensions, one after the other, the last one first.
struct Interpolation: Sendable {
    /// The shape of the result.
    private let shape: [Int]
    private var passes: [Pass] = []
    /// The value of elements that lie outside the input.
    private let outside: Double

    /// One dimension: `[outer, extent, inner]` becomes `[outer, count, inner]`.
    private struct Pass {
        let outer: Int
        let extent: Int
        let inner: Int
        let weights: AxisWeights
        /// The shape of the result.
        let shape: [Int]
    }

    /// - Parameters:
    ///   - shape: The shape of the input.
    ///   - weights: The weights of each dimension; `nil` for one that stays as it is.
    ///   - outside: The value of elements that lie outside the input.
    /// - Throws: ``HingeError`` when there are too many elements in between.
    init(_ shape: [Int], _ weights: [AxisWeights?], outside: Double) throws {
        var shape = shape
        for axis in shape.indices.reversed() {
            guard let own = weights[axis] else { continue }
            let (outer, inner) = (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
            let extent = shape[axis]
            shape[axis] = own.count
            try MemoryLimit.check(.float64, shape)
            passes.append(
                Pass(outer: outer, extent: extent, inner: inner, weights: own, shape: shape))
        }
        self.shape = shape
        self.outside = outside
    }

    /// Interpolates input 0 and writes output 0.
    ///
    /// 32-bit numbers and narrower are computed in single precision, the others in double precision; integers
    /// are rounded to even and clamped.
    func run(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        let y = try context.output(0, x.dataType, shape)
        switch x.dataType {
        case .float64: try y.withReals(Double.self) { try run(x.reals(Double.self), $0) }
        case .float32, .float16, .bfloat16:
            try y.withReals(Float.self) { try run(x.reals(Float.self), $0) }
        case .int8: try runInteger(x, y, Int8.self)
        case .int16: try runInteger(x, y, Int16.self)
        case .int32: try runInteger(x, y, Int32.self)
        case .int64: try runInteger(x, y, Int64.self)
        case .uint8: try runInteger(x, y, UInt8.self)
        case .uint16: try runInteger(x, y, UInt16.self)
        case .uint32: try runInteger(x, y, UInt32.self)
        case .uint64: try runInteger(x, y, UInt64.self)
        default: throw x.notSupported()
        }
    }

    private func runInteger<T: FixedWidthInteger & TensorElement>(
        _ x: Tensor, _ y: OutputTensor, _ type: T.Type
    ) throws {
        let (wide, sums) = (
            try x.converted(to: .float64), try Tensor(allocating: .float64, shape: shape)
        )
        guard let base = sums.region?.base.assumingMemoryBound(to: Double.self) else { return }
        try run(wide, UnsafeMutableBufferPointer(start: base, count: sums.count))
        let results = y.elements(of: T.self)
        parallelFor(results.count, cost: 8) { range in
            for index in range {
                let rounded = base[index].rounded(.toNearestOrEven)
                results[index] =
                    T(exactly: rounded) ?? (rounded < 0 || rounded.isNaN ? T.min : T.max)
            }
        }
        withExtendedLifetime(sums) {}
    }

    /// Runs all passes, the last of which writes the result.
    private func run<T: RealElement>(
        _ x: Tensor, _ result: UnsafeMutableBufferPointer<T>
    ) throws {
        var source = x
        for (index, pass) in passes.enumerated() {
            if index == passes.count - 1 {
                try run(pass, source, result)
            } else {
                let next = try Tensor(allocating: T.dataType, shape: pass.shape)
                guard let base = next.region?.base.assumingMemoryBound(to: T.self) else { return }
                try run(pass, source, UnsafeMutableBufferPointer(start: base, count: next.count))
                source = next
            }
        }
        if passes.isEmpty {
            try x.withUnsafeElements(of: T.self) { _ = result.update(fromContentsOf: $0) }
        }
    }

    private func run<T: RealElement>(
        _ pass: Pass, _ source: Tensor, _ result: UnsafeMutableBufferPointer<T>
    ) throws {
        let weights = pass.weights
        let factors = weights.weights.map { T($0) }
        try source.withUnsafeElements(of: T.self) { source in
            guard let x = source.baseAddress, let y = result.baseAddress else { return }
            let lines = pass.outer * weights.count
            parallelFor(lines, cost: (weights.taps + 1) * pass.inner) { range in
                for line in range {
                    let (row, index) = line.quotientAndRemainder(dividingBy: weights.count)
                    let taps = index * weights.taps..<(index + 1) * weights.taps
                    Interpolation.combine(
                        x + row * pass.extent * pass.inner, y + line * pass.inner, pass.inner,
                        weights.indices[taps], factors[taps])
                }
            }
            guard !weights.outside.isEmpty else { return }
            for row in 0..<pass.outer {
                for index in weights.outside {
                    (y + (row * weights.count + index) * pass.inner)
                        .update(repeating: T(outside), count: pass.inner)
                }
            }
        }
    }

    /// Writes the weighted sum of some rows of `count` elements.
    @inline(__always)
    private static func combine<T: RealElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int,
        _ indices: ArraySlice<Int>, _ factors: ArraySlice<T>
    ) {
        guard count > 1 else {
            var sum: T = 0
            for (index, factor) in zip(indices, factors) { sum += factor * x[index] }
            y.pointee = sum
            return
        }
        y.update(repeating: 0, count: count)
        for (index, factor) in zip(indices, factors) {
            let x = x + index * count
            for position in 0..<count { y[position] += factor * x[position] }
        }
    }
}
