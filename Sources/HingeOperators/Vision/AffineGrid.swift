import HingeGraph

/// The places in an image that an affine map takes the elements of another image to, as ``GridSample`` samples there.
///
/// Inputs: the maps, `theta` `[N, R, R + 1]`, and the size of that other image, `int64`: `[N, C, H, W]` or
/// `[N, C, D, H, W]`. The result: `[N, H, W, 2]` or `[N, D, H, W, 3]`. N is the batch, C the channels, D, H and W are depth,
/// height and width, R is the number of those, 2 or 3. Places are counted from −1 to 1, the one along the width first.
///
/// Source: ONNX AffineGrid 20; `torch.nn.functional.affine_grid`, which takes the only element of a dimension to 0. Before
/// 20 it is written as a product of matrices, with places that are computed where the size is.
public struct AffineGrid: PreparedOperator {
    /// Whether −1 and 1 are the centers of the first and last element; otherwise they are the edges of the image.
    public var alignsCorners: Bool

    /// Creates the operator.
    public init(alignsCorners: Bool = false) {
        self.alignsCorners = alignsCorners
    }
}

public extension AffineGrid {
    static let type = "AffineGrid"

    init(_ node: NodeReader) throws {
        alignsCorners = try node.flag("align_corners", default: false)
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset < 20 else {
            return speller.emit(Self.type, [.int("align_corners", alignsCorners ? 1 : 0)])
        }
        guard let size = try speller.constantInput(1)?.integers() else {
            return try spellComputedSize(&speller)
        }
        let extents = Array(size.dropFirst(2))
        guard (2...3).contains(extents.count), extents.allSatisfy({ $0 > 0 }) else {
            throw speller.needs(20, "AffineGrid of the size \(size)")
        }
        let rank = extents.count
        let count = try Tensor.count(of: extents)
        try MemoryLimit.check(.float64, [count, rank + 1])
        let axes = extents.map(places)
        var places: [Double] = []
        for position in 0..<count {
            var rest = position
            for axis in (0..<rank).reversed() {
                places.append(axes[axis][rest % extents[axis]])
                rest /= extents[axis]
            }
            places.append(1)
        }
        let constant = try Tensor(places, shape: [1, count, rank + 1])
            .converted(to: speller.elementType(0))
        let columns = try speller.append(Transpose([0, 2, 1]), [speller.inputs[0]])
        let grid = try speller.append(MatMul(), [speller.constant(constant), columns])
        try speller.append(
            Reshape(shape: [0] + extents + [rank]), [grid], outputs: speller.outputs)
    }

    /// As the other form, with places that are computed.
    private func spellComputedSize(_ speller: inout Speller) throws {
        guard speller.opset >= 11 else {
            throw speller.needs(11, "AffineGrid of a size that is computed")
        }
        let type = try speller.elementType(0)
        guard let theta = speller.shape(0), theta.rank == 3,
            let rank = theta[1].extent ?? theta[2].extent.map({ $0 - 1 })
        else { throw speller.needs(20, "AffineGrid of an unknown number of dimensions") }
        func whole(_ values: Int...) -> String {
            speller.constant(Tensor(values.map { Int64($0) }))
        }
        func real(_ value: Double) throws -> String {
            speller.constant(try Tensor(filledWith: value, type, shape: []))
        }
        func joined(_ vectors: String...) -> String {
            speller.step("Concat", vectors, [.int("axis", 0)])
        }
        let extents = speller.step(
            "Slice", [speller.cast(speller.inputs[1], to: .int64), whole(2), whole(rank + 2)])
        let columnShape = joined(extents, whole(1))
        let (zero, one, two) = (try real(0), try real(1), try real(2))
        var columns = try (0..<rank).map { axis in
            let place = speller.constant(Tensor(scalar: Int64(axis)))
            let extent = speller.cast(speller.step("Gather", [extents, place]), to: type)
            let numbers = speller.step("Range", [zero, extent, one])
            let doubled = speller.step("Mul", [numbers, two])
            var places: String
            if alignsCorners {
                let isOne = speller.step("Equal", [extent, one])
                let steps = speller.step("Sub", [extent, one])
                let quotient = speller.step(
                    "Div", [doubled, speller.step("Where", [isOne, one, steps])])
                let turned = speller.step("Sub", [quotient, one])
                places = speller.step("Where", [isOne, zero, turned])
            } else {
                let centers = speller.step("Add", [doubled, one])
                places = speller.step("Sub", [speller.step("Div", [centers, extent]), one])
            }
            var shape = [Int](repeating: 1, count: rank + 1)
            shape[axis] = -1
            places = try speller.append(Reshape(shape: shape), [places])
            return try speller.append(Expand(), [places, columnShape])
        }
        columns.reverse()
        columns.append(try speller.append(Expand(), [one, columnShape]))
        let points = try speller.append(
            Reshape(shape: [1, -1, rank + 1]),
            [speller.step("Concat", columns, [.int("axis", rank)])])
        let maps = try speller.append(Transpose([0, 2, 1]), [speller.inputs[0]])
        let grid = try speller.append(MatMul(), [points, maps])
        try speller.append(
            Reshape(), [grid, joined(whole(0), extents, whole(rank))], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let (type, theta) = (context.dataType(0), context.shape(0))
        let rank = theta.flatMap { $0.rank == 3 ? $0[1].extent : nil }
        if let theta {
            try context.require(
                theta.rank == 3 && rank.map { $0 == 2 || $0 == 3 } ?? true,
                "expected maps of shape [N, 2, 3] or [N, 3, 4], found \(theta)")
            if let rank, let columns = theta[2].extent {
                try context.require(
                    columns == rank + 1,
                    "expected maps of shape [N, 2, 3] or [N, 3, 4], found \(theta)")
            }
        }
        guard let size = context.elements(1) else {
            return [.tensor(type, rank.map { .unknown(rank: $0 + 2) })]
        }
        try context.require(
            (4...5).contains(size.count) && rank ?? size.count - 2 == size.count - 2,
            "expected a size of \(rank.map { "\($0 + 2)" } ?? "4 or 5") numbers, found \(size.count)"
        )
        let extents = Array(size.dropFirst(2))
        let batch = theta?[0] ?? .unknown
        return [
            .tensor(
                type,
                Shape([batch == .unknown ? size[0] : batch] + extents + [.known(extents.count)]))
        ]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        let rank = context.extent(0, 1) == 3 ? 3 : 2
        let extents = (0..<rank).map { 3 + $0 }
        return [0: .within(-1, 1), 1: .exactly([context.extent(0, 0) ?? 1, 1] + extents)]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let theta = try context.input(0)
        return try context.kernel(knowing: 1..<2) { operands in
            try kernel(theta, operands.input(1).integers())
        }
    }

    private func kernel(_ theta: KnownTensor, _ size: [Int]) throws -> Kernel {
        let extents = Array(size.dropFirst(2))
        let rank = extents.count
        guard (2...3).contains(rank), theta.shape == [size[0], rank, rank + 1] else {
            throw HingeError(
                .mismatch, "expected one map for each image, found \(theta.shape) for \(size)")
        }
        let shape = [size[0]] + extents + [rank]
        try MemoryLimit.check(theta.dataType, shape)
        let grid = AffinePlaces(axes: extents.map(places), rank: rank)
        let dataType = theta.dataType
        return try PreparationContext(inputs: [.tensor(theta)]).inRealType(
            float: {
                { context in try grid.write(&context, dataType, shape, Float.self) }
            },
            double: {
                { context in try grid.write(&context, dataType, shape, Double.self) }
            })
    }

    /// The places of the elements of a dimension, from −1 to 1.
    private func places(_ extent: Int) -> [Double] {
        guard alignsCorners else {
            return (0..<extent).map { (index: Int) -> Double in
                Double(2 * index + 1) / Double(extent) - 1
            }
        }
        guard extent != 1 else { return [0] }
        return (0..<extent).map { (index: Int) -> Double in
            Double(2 * index) / Double(extent - 1) - 1
        }
    }
}

/// The places of an image's elements, by dimension.
private struct AffinePlaces: Sendable {
    let axes: [[Double]]
    let rank: Int

    /// Writes the places that each of the maps, input 0, takes all elements to.
    func write<T: RealElement>(
        _ context: inout EvaluationContext, _ dataType: DataType, _ shape: [Int], _ type: T.Type
    ) throws {
        let maps = try context.input(0).reals(T.self)
        let width = axes[rank - 1].count
        let rows = axes.dropLast().reduce(1) { $0 * $1.count }
        try context.output(0, dataType, shape).withReals(T.self) { result in
            try maps.withUnsafeElements(of: T.self) { maps in
                guard !result.isEmpty else { return }
                parallelFor(shape[0] * rows, cost: width * rank * 8) { range in
                    for index in range {
                        let (batch, row) = index.quotientAndRemainder(dividingBy: rows)
                        let map = batch * rank * (rank + 1)
                        for target in 0..<rank {
                            let factors = map + target * (rank + 1)
                            var rest = row
                            var sum = Double(maps[factors + rank])
                            for axis in (0..<rank - 1).reversed() {
                                let extent = axes[axis].count
                                sum +=
                                    Double(maps[factors + rank - 1 - axis])
                                    * axes[axis][rest % extent]
                                rest /= extent
                            }
                            let factor = Double(maps[factors])
                            for (column, place) in axes[rank - 1].enumerated() {
                                result[(index * width + column) * rank + target] = T(
                                    sum + factor * place)
                            }
                        }
                    }
                }
            }
        }
    }
}

extension AffineGrid: RespelledOperator {
    static var derivativeVersion: Int { 19 }
}
