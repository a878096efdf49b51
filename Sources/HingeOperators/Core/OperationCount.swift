import HingeGraph

/// What it takes to count the products that an operator adds up; unknown extents count as 1.
extension InferenceContext {
    /// The extents of an input; `nil` where not even its rank is known.
    func countedExtents(_ index: Int) -> [Int]? { shape(index)?.countedExtents }

    /// The products of a convolution whose weights, `[M, C / group, kernel…]`, are the input at `weights`.
    ///
    /// M is the number of feature maps, C that of channels.
    func convolutionProducts(weights: Int, _ outputs: [Inferred]) -> Int {
        guard let weights = countedExtents(weights), let size = outputs.countedSize else {
            return 0
        }
        return Extent.product(of: [size] + weights.dropFirst())
    }

    /// The products of a product of matrices of which input 0 is the first.
    func matrixProducts(_ outputs: [Inferred]) -> Int {
        guard let inner = countedExtents(0)?.last, let size = outputs.countedSize else { return 0 }
        return Extent.product(of: [size, inner])
    }
}

extension Shape {
    /// The extents, of which unknown ones count as 1.
    fileprivate var countedExtents: [Int] { dimensions.map { $0.extent ?? 1 } }
}

extension [Inferred] {
    /// The number of elements of output 0.
    var countedSize: Int? {
        (first?.type?.shape?.countedExtents).map { Extent.product(of: $0) }
    }
}
