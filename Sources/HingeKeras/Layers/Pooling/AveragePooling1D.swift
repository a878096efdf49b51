import HingeOperators

/// The mean of the elements of each window that slides over `[N, steps, C]`, N the batch and C the
/// channels.
///
/// What padding adds does not count.
///
/// Source: Keras `AveragePooling1D`.
struct AveragePooling1DLayer: PoolingLayer {
    static let className = "AveragePooling1D"
    static let spatialRank = 1
    var window: WindowSettings

    func pooling(_ window: SpatialWindow) -> any Operator { AveragePool(window: window) }
}
