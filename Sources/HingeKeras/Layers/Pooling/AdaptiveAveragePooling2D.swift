import HingeOperators

/// The mean of the elements of as many windows as are asked for, over `[N, height, width, C]`, N
/// the batch and C the channels.
///
/// Source: Keras `AdaptiveAveragePooling2D`.
struct AdaptiveAveragePooling2DLayer: AdaptivePoolingLayer {
    static let className = "AdaptiveAveragePooling2D"
    static let spatialRank = 2
    var outputSize: [Int]
    var dataFormat = DataFormat.channelsLast

    func pooling(over axis: Int) -> any Operator { ReduceMean(axes: [axis], keepsDimensions: true) }
    func pooling(_ window: SpatialWindow) -> any Operator { AveragePool(window: window) }
}
