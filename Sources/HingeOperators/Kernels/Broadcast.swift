import HingeGraph

/// How two tensors are walked together when their shapes broadcast, as in NumPy: shapes are aligned at the
/// right, and an extent of 1 is repeated.
///
/// Dimensions that both tensors step through evenly are merged, so that the innermost run is as long as can be.
struct Broadcast {
    /// The shape of the result.
    let shape: [Int]
    /// The merged extents, outermost first; the last is the length of a run.
    private(set) var extents: [Int] = []
    /// The steps of the left and right tensor in each merged dimension: 0 where it is repeated.
    private(set) var leftStrides: [Int] = []
    private(set) var rightStrides: [Int] = []

    /// The number of elements of an innermost run.
    var runLength: Int { extents.last ?? 0 }
    /// The step of the left tensor within a run.
    var leftStep: Int { leftStrides.last ?? 0 }
    /// The step of the right tensor within a run.
    var rightStep: Int { rightStrides.last ?? 0 }

    /// - Throws: ``HingeError`` when the shapes don't broadcast.
    init(_ left: [Int], _ right: [Int]) throws {
        let shape = try Broadcast.shape(left, right)
        self.shape = shape
        let leftSteps = Broadcast.strides(of: left, in: shape)
        let rightSteps = Broadcast.strides(of: right, in: shape)
        for index in shape.indices where shape[index] != 1 {
            if let last = extents.indices.last,
                leftStrides[last] == leftSteps[index] * shape[index],
                rightStrides[last] == rightSteps[index] * shape[index]
            {
                extents[last] *= shape[index]
                leftStrides[last] = leftSteps[index]
                rightStrides[last] = rightSteps[index]
            } else {
                extents.append(shape[index])
                leftStrides.append(leftSteps[index])
                rightStrides.append(rightSteps[index])
            }
        }
        if extents.isEmpty {
            extents = [1]
            leftStrides = [1]
            rightStrides = [1]
        }
    }

    /// The shape that two shapes broadcast to.
    ///
    /// - Throws: ``HingeError`` when they don't.
    static func shape(_ left: [Int], _ right: [Int]) throws -> [Int] {
        let rank = max(left.count, right.count)
        return try (0..<rank).map { index in
            let a = index < rank - left.count ? 1 : left[index - (rank - left.count)]
            let b = index < rank - right.count ? 1 : right[index - (rank - right.count)]
            guard a == b || a == 1 || b == 1 else {
                throw HingeError(.mismatch, "shapes \(left) and \(right) do not broadcast")
            }
            return a == 1 ? b : a
        }
    }

    /// The step of a tensor in each dimension of the shape that it broadcasts to.
    static func strides(of shape: [Int], in result: [Int]) -> [Int] {
        var strides = [Int](repeating: 0, count: result.count)
        var step = 1
        let offset = result.count - shape.count
        for index in shape.indices.reversed() {
            strides[index + offset] = shape[index] == 1 ? 0 : step
            step *= shape[index]
        }
        return strides
    }

    /// Calls `run` for each innermost run: the offsets of its first elements in the left and right tensor and
    /// in the result.
    @inline(__always)
    func forEachRun(_ run: (_ left: Int, _ right: Int, _ result: Int) -> Void) {
        guard !shape.contains(0), let length = extents.last else { return }
        let outer = extents.count - 1
        var index = [Int](repeating: 0, count: outer)
        var left = 0
        var right = 0
        var result = 0
        while true {
            run(left, right, result)
            result += length
            var dimension = outer - 1
            while dimension >= 0 {
                index[dimension] += 1
                left += leftStrides[dimension]
                right += rightStrides[dimension]
                if index[dimension] < extents[dimension] { break }
                left -= leftStrides[dimension] * extents[dimension]
                right -= rightStrides[dimension] * extents[dimension]
                index[dimension] = 0
                dimension -= 1
            }
            if dimension < 0 { return }
        }
    }

    /// Applies `function` to each pair of elements.
    ///
    /// The memory of the results may be that of one of the tensors, if that has the result's shape.
    ///
    /// - Precondition: the buffers hold as many elements as the shapes say.
    func apply<Function: PairFunction>(
        _ left: UnsafeBufferPointer<Function.In>, _ right: UnsafeBufferPointer<Function.In>,
        _ result: UnsafeMutableBufferPointer<Function.Out>, _ function: Function
    ) {
        guard let a = left.baseAddress, let b = right.baseAddress, let y = result.baseAddress,
            let length = extents.last, let leftStep = leftStrides.last,
            let rightStep = rightStrides.last
        else { return }
        let isInPlace =
            UnsafeRawPointer(y) == UnsafeRawPointer(a) || UnsafeRawPointer(y) == UnsafeRawPointer(b)
        forEachRun { leftOffset, rightOffset, offset in
            let a = a + leftOffset
            let b = b + rightOffset
            let y = y + offset
            if isInPlace {
                InPlace.run(length, y) { block, start, count in
                    function.fill(
                        block, a + start * leftStep, leftStep, b + start * rightStep, rightStep,
                        count)
                }
            } else {
                function.fill(y, a, leftStep, b, rightStep, length)
            }
        }
    }
}

/// A function of two elements, for an inner loop.
protocol PairFunction {
    associatedtype In: TensorElement
    associatedtype Out: TensorElement
    func callAsFunction(_ a: In, _ b: In) -> Out
}

extension PairFunction {
    /// Writes the function of each of `count` pairs of elements to `y`.
    ///
    /// The compiler makes this vector code only where `y` overlaps neither `a` nor `b`.
    @inline(never)
    fileprivate func fill(
        _ y: UnsafeMutablePointer<Out>, _ a: UnsafePointer<In>, _ leftStep: Int,
        _ b: UnsafePointer<In>, _ rightStep: Int, _ count: Int
    ) {
        switch (leftStep, rightStep) {
        case (1, 1):
            for index in 0..<count { y[index] = self(a[index], b[index]) }
        case (1, 0):
            let constant = b[0]
            for index in 0..<count { y[index] = self(a[index], constant) }
        case (0, 1):
            let constant = a[0]
            for index in 0..<count { y[index] = self(constant, b[index]) }
        default:
            for index in 0..<count {
                y[index] = self(a[index * leftStep], b[index * rightStep])
            }
        }
    }
}

extension Shape {
    /// The shape that two shapes broadcast to, as far as it can be told.
    ///
    /// - Throws: ``HingeError`` when they surely don't broadcast.
    static func broadcast(_ left: Shape, _ right: Shape) throws -> Shape {
        let rank = max(left.rank, right.rank)
        return Shape(
            try (0..<rank).map { index in
                let a = index < rank - left.rank ? 1 : left[index - (rank - left.rank)]
                let b = index < rank - right.rank ? 1 : right[index - (rank - right.rank)]
                switch (a, b) {
                case (1, _): return b
                case (_, 1): return a
                case (.known(let extent), .known(let other)):
                    guard extent == other else {
                        throw HingeError(.mismatch, "shapes \(left) and \(right) do not broadcast")
                    }
                    return a
                case (.known, _): return a
                case (_, .known): return b
                default: return a == b && a != .unknown ? a : .unknown
                }
            })
    }
}
