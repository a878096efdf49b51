import HingeGraph

/// The weights of linear and cubic interpolation along one dimension.
struct AxisWeights {
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

extension EvaluationContext {
    /// Interpolates a tensor of numbers, one dimension after the other, and writes output 0.
    ///
    /// 32-bit numbers and narrower are computed in single precision, the others in double precision; integers
    /// are rounded to even and clamped.
    ///
    /// - Parameters:
    ///   - x: The tensor.
    ///   - shape: The shape of the output.
    ///   - weights: The weights of each dimension; `nil` for one that stays as it is.
    ///   - outside: The value of elements that lie outside the input.
    mutating func interpolate(
        _ x: Tensor, _ shape: [Int], _ weights: [AxisWeights?], outside: Double
    ) throws {
        let y = try output(0, x.dataType, shape)
        func floating<T: RealElement>(_ elements: [T]) throws -> [T] {
            try Interpolation.run(elements, x.shape, weights, outside: T(outside))
        }
        func integers<T: FixedWidthInteger & TensorElement>(_ type: T.Type) throws {
            let elements = try x.withUnsafeElements(of: T.self) { $0.map { Double($0) } }
            let results = y.elements(of: T.self)
            for (index, value) in try floating(elements).enumerated() {
                let rounded = value.rounded(.toNearestOrEven)
                results[index] =
                    T(exactly: rounded) ?? (rounded < 0 || rounded.isNaN ? T.min : T.max)
            }
        }
        switch x.dataType {
        case .float32:
            _ = y.elements(of: Float.self)
                .update(fromContentsOf: try floating(x.array(of: Float.self)))
        case .float64:
            _ = y.elements(of: Double.self)
                .update(fromContentsOf: try floating(x.array(of: Double.self)))
        case .float16:
            _ = y.elements(of: Float16.self)
                .update(fromContentsOf: try floating(x.floats()).map { Float16($0) })
        case .bfloat16:
            _ = y.elements(of: BFloat16.self)
                .update(fromContentsOf: try floating(x.floats()).map { BFloat16($0) })
        case .int8: try integers(Int8.self)
        case .int16: try integers(Int16.self)
        case .int32: try integers(Int32.self)
        case .int64: try integers(Int64.self)
        case .uint8: try integers(UInt8.self)
        case .uint16: try integers(UInt16.self)
        case .uint32: try integers(UInt32.self)
        case .uint64: try integers(UInt64.self)
        default: throw x.notSupported()
        }
    }
}

private enum Interpolation {
    /// The elements interpolated in each dimension that has weights, the last dimension first.
    @inline(__always)
    static func run<T: RealElement>(
        _ elements: [T], _ shape: [Int], _ weights: [AxisWeights?], outside: T
    ) throws -> [T] {
        var elements = elements
        var shape = shape
        for axis in shape.indices.reversed() {
            guard let weights = weights[axis] else { continue }
            var next = shape
            next[axis] = weights.count
            try MemoryLimit.check(T.dataType, next)
            try MemoryLimit.checkArray(of: T.self, count: Tensor.count(of: next))
            elements = interpolate(elements, shape, axis, weights, outside: outside)
            shape = next
        }
        return elements
    }

    @inline(__always)
    private static func interpolate<T: RealElement>(
        _ elements: [T], _ shape: [Int], _ axis: Int, _ weights: AxisWeights, outside: T
    ) -> [T] {
        let outer = shape[..<axis].reduce(1, *)
        let inner = shape[(axis + 1)...].reduce(1, *)
        let (extent, count, taps) = (shape[axis], weights.count, weights.taps)
        let factors = weights.weights.map { T($0) }
        return [T](unsafeUninitializedCapacity: outer * count * inner) { results, written in
            elements.withUnsafeBufferPointer { source in
                for row in 0..<outer {
                    for index in 0..<count {
                        let start = (row * count + index) * inner
                        let y = UnsafeMutableBufferPointer(
                            rebasing: results[start..<start + inner])
                        y.initialize(repeating: 0)
                        for tap in index * taps..<(index + 1) * taps {
                            let offset = (row * extent + weights.indices[tap]) * inner
                            let x = UnsafeBufferPointer(
                                rebasing: source[offset..<offset + inner])
                            let factor = factors[tap]
                            for position in 0..<inner { y[position] += factor * x[position] }
                        }
                    }
                    for index in weights.outside {
                        let start = (row * count + index) * inner
                        results[start..<start + inner].update(repeating: outside)
                    }
                }
            }
            written = outer * count * inner
        }
    }
}
