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
enum Interpolation {
    /// The kernel that interpolates input 0 and writes output 0.
    ///
    /// Sums are in double precision; what is between two dimensions is in single precision for 32-bit floating-point numbers and
    /// narrower ones. Integers are rounded to even and clamped, booleans true unless they become 0. Complex numbers are
    /// interpolated part by part.
    ///
    /// - Parameters:
    ///   - x: The type of the input.
    ///   - weights: The weights of each dimension; `nil` for one that stays as it is.
    ///   - outside: The value of elements that lie outside the input.
    /// - Throws: ``HingeError`` when there are too many elements in between, or for a type that isn't one of numbers.
    static func kernel(
        _ x: KnownTensor, _ weights: [AxisWeights?], outside: Double
    ) throws -> Kernel {
        switch x.dataType {
        case .float64: try real(InterpolationPasses<Double>(x.shape, weights, outside))
        case .float32, .float16, .bfloat16:
            try real(InterpolationPasses<Float>(x.shape, weights, outside))
        case .int8: try whole(InterpolationPasses(x.shape, weights, outside), Int8.self)
        case .int16: try whole(InterpolationPasses(x.shape, weights, outside), Int16.self)
        case .int32: try whole(InterpolationPasses(x.shape, weights, outside), Int32.self)
        case .int64: try whole(InterpolationPasses(x.shape, weights, outside), Int64.self)
        case .uint8: try whole(InterpolationPasses(x.shape, weights, outside), UInt8.self)
        case .uint16: try whole(InterpolationPasses(x.shape, weights, outside), UInt16.self)
        case .uint32: try whole(InterpolationPasses(x.shape, weights, outside), UInt32.self)
        case .uint64: try whole(InterpolationPasses(x.shape, weights, outside), UInt64.self)
        case .bool: try flags(InterpolationPasses(x.shape, weights, outside))
        case .complex64:
            try complex(
                InterpolationPasses<Float>(x.shape, weights, outside),
                InterpolationPasses(x.shape, weights, 0))
        case .complex128:
            try complex(
                InterpolationPasses<Double>(x.shape, weights, outside),
                InterpolationPasses(x.shape, weights, 0))
        default: throw x.notSupported()
        }
    }

    private static func flags(_ passes: InterpolationPasses<Double>) -> Kernel {
        { context in
            let sums = try passes.result(context.input(0).converted(to: .float64))
            context.inputs = [.tensor(sums)]
            try context.convert(to: .bool, ConversionRules())
        }
    }

    private static func complex<T: RealMatrixElement>(
        _ real: InterpolationPasses<T>, _ imaginary: InterpolationPasses<T>
    ) -> Kernel {
        { context in
            let x = try context.input(0)
            let y = try context.output(0, x.dataType, real.shape)
            try MemoryLimit.checkArray(of: T.self, count: x.count)
            for (part, passes) in [real, imaginary].enumerated() {
                let values = x.withUnsafeBytes { bytes in
                    (0..<x.count).map {
                        bytes.loadUnaligned(
                            fromByteOffset: (2 * $0 + part) * MemoryLayout<T>.stride, as: T.self)
                    }
                }
                let sums = try passes.result(Tensor(values, shape: x.shape))
                try sums.withUnsafeElements(of: T.self) { sums in
                    for index in sums.indices {
                        y.bytes.storeBytes(
                            of: sums[index],
                            toByteOffset: (2 * index + part) * MemoryLayout<T>.stride, as: T.self)
                    }
                }
            }
        }
    }

    private static func real<T: RealMatrixElement>(_ passes: InterpolationPasses<T>) -> Kernel {
        { context in
            let x = try context.input(0)
            let y = try context.output(0, x.dataType, passes.shape)
            try y.withReals(T.self) { try passes.run(x.reals(T.self), $0) }
        }
    }

    private static func whole<T: FixedWidthInteger & TensorElement>(
        _ passes: InterpolationPasses<Double>, _ type: T.Type
    ) -> Kernel {
        { context in
            let wide = try context.input(0).converted(to: .float64)
            let sums = try Tensor(allocating: .float64, shape: passes.shape)
            let results = try context.output(0, T.dataType, passes.shape).elements(of: T.self)
            guard let base = sums.region?.base.assumingMemoryBound(to: Double.self) else { return }
            try passes.run(wide, UnsafeMutableBufferPointer(start: base, count: sums.count))
            parallelFor(results.count, cost: 8) { range in
                for index in range {
                    let rounded = base[index].rounded(.toNearestOrEven)
                    results[index] =
                        T(exactly: rounded) ?? (rounded < 0 || rounded.isNaN ? T.min : T.max)
                }
            }
            withExtendedLifetime(sums) {}
        }
    }
}

/// The passes of an interpolation, one for each dimension that changes, the results of which are rounded to `T`.
private struct InterpolationPasses<T: RealMatrixElement>: Sendable {
    /// The shape of the result.
    let shape: [Int]
    private var passes: [Pass] = []
    /// The value of elements that lie outside the input.
    private let outside: T

    /// One dimension: `[outer, extent, inner]` becomes `[outer, count, inner]`.
    private struct Pass {
        let outer: Int
        let extent: Int
        let inner: Int
        let weights: AxisWeights
        let factors: [T.Sum]
        /// The shape of the result.
        let shape: [Int]
    }

    init(_ shape: [Int], _ weights: [AxisWeights?], _ outside: Double) throws {
        var shape = shape
        for axis in shape.indices.reversed() {
            guard let own = weights[axis] else { continue }
            let span = AxisSpan(shape, axis..<axis + 1)
            shape[axis] = own.count
            try MemoryLimit.check(.float64, shape)
            passes.append(
                Pass(
                    outer: span.outer, extent: span.count, inner: span.inner, weights: own,
                    factors: own.weights.map { T.Sum($0) }, shape: shape))
        }
        self.shape = shape
        self.outside = T(outside)
    }

    /// The result of all passes.
    func result(_ x: Tensor) throws -> Tensor {
        let result = try Tensor(allocating: T.dataType, shape: shape)
        if let base = result.region?.base.assumingMemoryBound(to: T.self) {
            try run(x, UnsafeMutableBufferPointer(start: base, count: result.count))
        }
        return result
    }

    /// Runs all passes, the last of which writes the result.
    func run(_ x: Tensor, _ result: UnsafeMutableBufferPointer<T>) throws {
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

    private func run(
        _ pass: Pass, _ source: Tensor, _ result: UnsafeMutableBufferPointer<T>
    ) throws {
        let weights = pass.weights
        try source.withUnsafeElements(of: T.self) { source in
            guard let x = source.baseAddress, let y = result.baseAddress else { return }
            weights.indices.withUnsafeBufferPointer { indices in
                pass.factors.withUnsafeBufferPointer { factors in
                    guard let indices = indices.baseAddress, let factors = factors.baseAddress
                    else { return }
                    parallelFor(
                        pass.outer * weights.count, cost: (weights.taps + 1) * pass.inner
                    ) { range in
                        pass.inner == 1
                            ? row(x, y, pass, indices, factors, range)
                            : rows(x, y, pass, indices, factors, range)
                    }
                }
            }
            guard !weights.outside.isEmpty else { return }
            for row in 0..<pass.outer {
                for index in weights.outside {
                    (y + (row * weights.count + index) * pass.inner)
                        .update(repeating: outside, count: pass.inner)
                }
            }
        }
    }

    /// Writes a range of the results of a pass in the last dimension, each the weighted sum of some elements.
    @inline(never)
    private func row(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ pass: Pass,
        _ indices: UnsafePointer<Int>, _ factors: UnsafePointer<T.Sum>, _ range: Range<Int>
    ) {
        let (count, taps) = (pass.weights.count, pass.weights.taps)
        var position = range.lowerBound
        while position < range.upperBound {
            let (row, first) = position.quotientAndRemainder(dividingBy: count)
            let x = x + row * pass.extent
            let end = min(count, first + range.upperBound - position)
            for index in first..<end {
                let (indices, factors) = (indices + index * taps, factors + index * taps)
                var sum: T.Sum = 0
                for tap in 0..<taps { sum += factors[tap] * x[indices[tap]].term }
                y[position + (index - first)] = T(sum)
            }
            position += end - first
        }
    }

    /// Writes a range of the rows of a pass, each the weighted sum of some rows.
    private func rows(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ pass: Pass,
        _ indices: UnsafePointer<Int>, _ factors: UnsafePointer<T.Sum>, _ range: Range<Int>
    ) {
        let taps = pass.weights.taps
        for line in range {
            let (row, index) = line.quotientAndRemainder(dividingBy: pass.weights.count)
            let (indices, factors) = (indices + index * taps, factors + index * taps)
            let (x, y) = (x + row * pass.extent * pass.inner, y + line * pass.inner)
            add(y, x, taps, indices, factors, pass.inner)
        }
    }

    /// Writes the weighted sum of some rows of `count` elements, a few vectors at a time.
    @inline(never)
    private func add(
        _ y: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ taps: Int,
        _ indices: UnsafePointer<Int>, _ factors: UnsafePointer<T.Sum>, _ count: Int
    ) {
        let width = 16
        var index = 0
        while index + width <= count {
            var sums = SIMD16<T.Sum>(repeating: 0)
            for tap in 0..<taps {
                let (x, factor) = (x + (indices[tap] * count + index), factors[tap])
                for lane in 0..<width { sums[lane] += factor * x[lane].term }
            }
            for lane in 0..<width { y[index + lane] = T(sums[lane]) }
            index += width
        }
        while index < count {
            var sum: T.Sum = 0
            for tap in 0..<taps { sum += factors[tap] * x[indices[tap] * count + index].term }
            y[index] = T(sum)
            index += 1
        }
    }
}
