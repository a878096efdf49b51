import HingeGraph

/// Puts the elements that ``MaxPool`` found back at their places, among zeros.
///
/// Inputs: `x` `[N, C, spatial…]`, the places, `int64` of the same shape, and, optional, the shape of the result, `int64`.
/// N is the batch, C the channels. Of several elements at one place, the last one stays.
///
/// The places count the elements of a tensor as large as the window, strides and pads make it; where the shape of the
/// result is larger, that tensor is its first part, as the standard's tests have it. (ONNX Runtime counts in the result.)
///
/// Source: ONNX MaxUnpool 9, 11, 22; `torch.nn.MaxUnpool2d`.
public struct MaxUnpool: PreparedOperator {
    /// The window.
    public var window: SpatialWindow

    /// Creates the operator around a window.
    public init(window: SpatialWindow) {
        self.window = window
    }

    /// Creates the operator.
    public init(kernel: [Int], strides: [Int] = [], padding: Padding = .none) {
        self.init(window: SpatialWindow(kernel: kernel, strides: strides, padding: padding))
    }
}

public extension MaxUnpool {
    static let type = "MaxUnpool"

    init(_ node: NodeReader) throws {
        window = try SpatialWindow(node)
        _ = try node.required("kernel_shape", node.ints("kernel_shape"))
    }

    func spell(_ speller: inout Speller) { speller.emit(Self.type, window.attributes) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let (type, x) = (context.dataType(0), context.shape(0))
        if let x {
            try context.require(x.rank >= 3, "expected 3 dimensions or more, found \(x)")
            if let places = context.shape(1) {
                try context.require(
                    places.rank == x.rank, "expected places of the shape \(x), found \(places)")
            }
        }
        if context.has(2) {
            if let shape = context.elements(2) { return [.tensor(type, Shape(shape))] }
            return [.tensor(type, (x?.rank ?? context.length(2)).map { .unknown(rank: $0) })]
        }
        guard let x else { return [.tensor(type, nil)] }
        let axes = try window.axes(rank: x.rank - 2, weights: nil)
        let spatial = try zip(axes, x.spatial).map { axis, dimension -> Shape.Dimension in
            try dimension.extent.map { .known(try axis.unpooled($0)) } ?? .unknown
        }
        return [.tensor(type, Shape([x[0], x[1]] + spatial))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        guard let x = context.shape(0)?.extents, x.count >= 3,
            let counted = try? frame(x, result: nil)
        else { return needs }
        needs[1] = .index(into: Extent.product(of: counted))
        needs[2] = .exactly(counted)
        return needs
    }

    /// The shape of the tensor that places count the elements of.
    private func frame(_ x: [Int], result: [Int]?) throws -> [Int] {
        let axes = try window.axes(rank: x.count - 2, weights: nil)
        var frame = Array(x.prefix(2))
        for (axis, extent) in zip(axes, x.dropFirst(2)) { frame.append(try axis.unpooled(extent)) }
        guard let result else { return frame }
        guard result.count == x.count, result.prefix(2) == x.prefix(2) else {
            throw HingeError(.mismatch, "an output of shape \(result) does not fit an input \(x)")
        }
        return zip(frame, result).map { min($0, $1) }
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let (x, places) = (try context.input(0), try context.input(1))
        guard x.rank >= 3, places.shape == x.shape else {
            throw HingeError(
                .mismatch, "expected places of the shape \(x.shape), found \(places.shape)")
        }
        let zero = try Tensor(zeros: x.dataType, shape: [1])
        guard x.dataType.isFloatingPoint else { throw x.notSupported() }
        return try context.kernel(knowing: 2..<3) { operands in
            let result = try operands.optionalInput(2)?.integers()
            let counted = try frame(x.shape, result: result)
            let shape = result ?? counted
            try MemoryLimit.check(x.dataType, shape)
            return { context in
                let targets = try Self.targets(context.input(1), counted, shape)
                try context.move(
                    context.input(0), zero, shape,
                    by: Unpooling(targets: targets, count: Tensor.count(of: shape)))
            }
        }
    }

    /// The elements of the result at places that count those of a part of it.
    private static func targets(_ places: Tensor, _ frame: [Int], _ shape: [Int]) throws -> [Int] {
        let count = try Tensor.count(of: frame)
        var targets = try places.integers()
        let strides = StridedCopy.strides(of: shape)
        for (index, place) in targets.enumerated() {
            guard (0..<count).contains(place) else {
                throw HingeError(
                    .mismatch, "expected places from 0 to \(count - 1), found \(place)")
            }
            guard frame != shape else { continue }
            var (rest, target) = (place, 0)
            for axis in frame.indices.reversed() {
                target += rest % frame[axis] * strides[axis]
                rest /= frame[axis]
            }
            targets[index] = target
        }
        return targets
    }

    private struct Unpooling: Movement {
        let targets: [Int]
        let count: Int

        @inline(__always)
        func callAsFunction<Element>(
            _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>
        ) {
            let (source, zero) = (sources[0], sources[1][0])
            parallelFor(count, cost: 1) { range in
                (result + range.lowerBound).update(repeating: zero, count: range.count)
            }
            for (index, target) in targets.enumerated() { result[target] = source[index] }
        }
    }
}

extension SpatialAxis {
    /// The extent that pooling with this window made the given one of.
    fileprivate func unpooled(_ extent: Int) throws -> Int {
        guard let kernel, case .explicit(let begin, let end) = pads else {
            throw HingeError(
                .unsupported, "expected pads as numbers", at: [.attribute("auto_pad")])
        }
        let steps = Extent(extent - 1) * Extent(stride)
        let result = (steps + Extent(kernel) - Extent(begin + end)).value
        guard (0...SpatialAxis.extentLimit).contains(result) else {
            throw HingeError(.mismatch, "\(extent) elements are not what pooling gives")
        }
        return result
    }
}

extension MaxUnpool: DifferentiableOperator {
    /// `g` at the places; of several elements at one place, for the last one.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        guard derivative.optionalInput(2) == nil else {
            throw derivative.unsupported("MaxUnpool to a shape that is given")
        }
        let (x, places) = (try derivative.input(0), try derivative.input(1))
        let type = try derivative.composition.dataType(x)
        let count = try derivative.append(SizeOf(), x)
        let numbers = try derivative.append(
            NumberRange(), derivative.composition.integer(0), count,
            derivative.composition.integer(1))
        let own = try derivative.reshape(derivative.append(Cast(to: type), numbers), like: x)
        let last = try derivative.append(self, own, places)
        func taken(_ image: Derivative.Operand) throws -> Derivative.Operand {
            let flat = try derivative.reshape(image, to: [-1])
            return try derivative.append(Gather(axis: 0), flat, places)
        }
        let isLast = try derivative.append(Equal(), taken(last), own)
        derivative.give(try derivative.keep(taken(g), where: isLast), for: 0)
    }
}
