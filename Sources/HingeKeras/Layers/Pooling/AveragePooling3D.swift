import HingeOperators

/// The mean of the elements of each window that slides over `[N, depth, height, width, C]`, N the
/// batch and C the channels.
///
/// What padding adds does not count.
///
/// Source: Keras `AveragePooling3D`.
struct AveragePooling3DLayer: PoolingLayer {
    static let className = "AveragePooling3D"
    static let spatialRank = 3
    var window: WindowSettings

    func pooling(_ window: SpatialWindow) -> any Operator { AveragePool(window: window) }
}
