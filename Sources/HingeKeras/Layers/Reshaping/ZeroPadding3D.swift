/// Zeros around the spatial axes of `[N, depth, height, width, C]`, N the batch and C the channels.
///
/// Source: Keras `ZeroPadding3D(padding=1)`.
struct ZeroPadding3DLayer: ZeroPaddingLayer {
    static let className = "ZeroPadding3D"
    static let spatialRank = 3
    var borders: [(begin: Int, end: Int)]
    var dataFormat = DataFormat.channelsLast
}
