import HingeGraph

/// The determinants of the square matrices in the last two dimensions.
///
/// `x`: `[…, M, M]`; the result: `[…]`. M is the number of rows; the determinant of a matrix without any is 1. Each is
/// computed in `Double` and rounded once.
///
/// Source: ONNX Det 11, 22; `torch.linalg.det`.
public struct Det: PreparedOperator {
    /// Creates the operator.
    public init() {}
}

public extension Det {
    static let type = "Det"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let shape = context.shape(0) else { return [.tensor(type, nil)] }
        try Self.check(shape)
        return [.tensor(type, Shape(Array(shape.dimensions.dropLast(2))))]
    }

    private static func check(_ shape: Shape) throws {
        let sides = shape.dimensions.suffix(2).map(\.extent)
        let isSquare = sides.count == 2 && (sides[0] ?? sides[1]) == (sides[1] ?? sides[0])
        guard isSquare else {
            throw HingeError(.mismatch, "expected square matrices, found \(shape)")
        }
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        try Self.check(Shape(x.shape))
        let (side, shape) = (x.shape[x.rank - 1], Array(x.shape.dropLast(2)))
        try MemoryLimit.checkArray(of: Double.self, count: Extent.product(of: [side, side]))
        return try context.inRealType(
            float: { Self.kernel(x.dataType, side, shape, Float.self) },
            double: { Self.kernel(x.dataType, side, shape, Double.self) })
    }

    private static func kernel<T: RealElement>(
        _ dataType: DataType, _ side: Int, _ shape: [Int], _ type: T.Type
    ) -> Kernel {
        let size = side * side
        return { context in
            let x = try context.input(0).reals(T.self)
            try context.output(0, dataType, shape).withReals(T.self) { result in
                try x.withUnsafeElements(of: T.self) { elements in
                    parallelFor(result.count, cost: Extent.product(of: [4, side, size])) { range in
                        var matrix = [Double](repeating: 0, count: size)
                        for index in range {
                            for place in 0..<size {
                                matrix[place] = Double(elements[index * size + place])
                            }
                            result[index] = T(determinant(of: &matrix, side))
                        }
                    }
                }
            }
        }
    }

    /// The product of the pivots of an elimination that takes the largest element of a column as its pivot.
    private static func determinant(of matrix: inout [Double], _ side: Int) -> Double {
        var result = 1.0
        for column in 0..<side {
            var pivot = column
            for row in column..<side
            where
                !(matrix[row * side + column].magnitude
                <= matrix[pivot * side + column].magnitude)
            {
                pivot = row
            }
            if pivot != column {
                for place in column..<side {
                    matrix.swapAt(pivot * side + place, column * side + place)
                }
                result = -result
            }
            let divisor = matrix[column * side + column]
            result *= divisor
            guard divisor != 0 else { continue }
            for row in column + 1..<side {
                let factor = matrix[row * side + column] / divisor
                guard factor != 0 else { continue }
                for place in column + 1..<side {
                    matrix[row * side + place] -= factor * matrix[column * side + place]
                }
            }
        }
        return result
    }
}

extension Det: DifferentiableOperator {
    /// `g` times the cofactors, the determinants of what is left without a row and a column: right for singular matrices
    /// too.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let x = try derivative.input(0)
        let shape = try derivative.composition.knownShape(x)
        let rank = shape.rank
        guard let side = shape[rank - 1].extent ?? shape[rank - 2].extent else {
            throw derivative.unsupported("the determinant of a matrix whose size isn't known")
        }
        let wide = try derivative.append(Unsqueeze(axes: [-2, -1]), g)
        guard side > 1 else {
            return derivative.give(try derivative.expand(wide, like: x), for: 0)
        }
        try MemoryLimit.checkArray(of: Int64.self, count: Extent.product(of: [side, side]))
        let others = derivative.constant(
            Tensor(
                (0..<side).flatMap { left in (0..<side).filter { $0 != left }.map { Int64($0) } },
                shape: [side, side - 1]))
        // [..., i, row, j, column]
        let rows = try derivative.append(Gather(axis: rank - 2), x, others)
        let minors = try derivative.append(Gather(axis: rank), rows, others)
        var order = Array(0..<rank + 2)
        order.swapAt(rank - 1, rank)
        let determinants = try derivative.append(
            Det(), derivative.append(Transpose(order), minors))
        let type = try derivative.composition.dataType(x)
        let signs = (0..<side * side).map { ($0 / side + $0 % side) % 2 == 0 ? 1.0 : -1 }
        let signed = try derivative.multiply(
            determinants,
            derivative.constant(Tensor(signs, shape: [side, side]).converted(to: type)))
        derivative.give(try derivative.multiply(wide, signed), for: 0)
    }
}
