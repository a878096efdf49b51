import HingeOperators

/// The largest element of as many windows as are asked for, over `[N, height, width, C]`, N the
/// batch and C the channels.
///
/// Source: Keras `AdaptiveMaxPooling2D`.
struct AdaptiveMaxPooling2DLayer: AdaptivePoolingLayer {
    static let className = "AdaptiveMaxPooling2D"
    static let spatialRank = 2
    var outputSize: [Int]
    var dataFormat = DataFormat.channelsLast

    func pooling(over axis: Int) -> any Operator { ReduceMax(axes: [axis], keepsDimensions: true) }
    func pooling(_ window: SpatialWindow) -> any Operator { MaxPool(window: window) }
}
