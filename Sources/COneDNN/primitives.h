// Primitive descriptors and their attributes, in both generations of oneDNN. All are for inference.
#ifndef HINGE_ONEDNN_PRIMITIVES_H
#define HINGE_ONEDNN_PRIMITIVES_H

#include "shim.h"

// MARK: Attributes

/// Appends an elementwise function.
static inline dnnl_status_t dnn_append_eltwise(
    dnnl_post_ops_t list, dnnl_alg_kind_t kind, float alpha, float beta) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_post_ops_append_eltwise(list, kind, alpha, beta);
#else
  return dnnl_post_ops_append_eltwise(list, 1, kind, alpha, beta);
#endif
}

/// Appends the addition of what the output held before.
static inline dnnl_status_t dnn_append_sum(dnnl_post_ops_t list) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_post_ops_append_sum(list, 1, 0, dnnl_data_type_undef);
#else
  return dnnl_post_ops_append_sum(list, 1);
#endif
}

/// Appends a function of the output and another tensor.
static inline dnnl_status_t dnn_append_binary(
    dnnl_post_ops_t list, dnnl_alg_kind_t kind, dnn_desc other) {
  return dnnl_post_ops_append_binary(list, kind, DNN_DESC(other));
}

/// Whether the scales and zero points of sums of integers are arguments of each run, and a bias is in units of the result,
/// instead of being given with the attributes, and in units of the sums.
static inline bool dnn_scales_when_running(void) { return DNNL_VERSION_MAJOR >= 3; }

/// The argument that holds the scales of the sums: one, or one for each channel of the result.
static inline int dnn_scales_argument(void) {
#if DNNL_VERSION_MAJOR >= 3
  return DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS;
#else
  return DNNL_ARG_ATTR_OUTPUT_SCALES;
#endif
}

/// Sets the factors of sums of integers.
///
/// With more than one, `weights_mask` tells the axes of the weights along which they vary; those of the result are its
/// second.
static inline dnnl_status_t dnn_set_scales(
    dnnl_primitive_attr_t attributes, const float *scales, int count, int weights_mask) {
#if DNNL_VERSION_MAJOR >= 3
  (void)scales;
  return dnnl_primitive_attr_set_scales_mask(
      attributes, DNNL_ARG_WEIGHTS, count > 1 ? weights_mask : 0);
#else
  (void)weights_mask;
  return dnnl_primitive_attr_set_output_scales(attributes, count, count > 1 ? 1 << 1 : 0, scales);
#endif
}

/// Sets the zero point of an argument, one for all of its elements.
static inline dnnl_status_t dnn_set_zero_point(
    dnnl_primitive_attr_t attributes, int argument, int32_t zero_point) {
#if DNNL_VERSION_MAJOR >= 3
  (void)zero_point;
  return dnnl_primitive_attr_set_zero_points_mask(attributes, argument, 0);
#else
  return dnnl_primitive_attr_set_zero_points(attributes, argument, 1, 0, &zero_point);
#endif
}

// MARK: Primitive descriptors

#if DNNL_VERSION_MAJOR < 3
#define DNN_CREATE_(operation) \
  return status != dnnl_success \
      ? status : dnnl_primitive_desc_create(primitive, operation, attributes, engine, NULL)
#endif

/// Convolution; `dilations` are 0 for neighbours.
static inline dnnl_status_t dnn_convolution(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, bool is_transposed, dnn_desc source,
    dnn_desc weights, dnn_desc bias, dnn_desc result, const int64_t *strides,
    const int64_t *dilations, const int64_t *begin_padding, const int64_t *end_padding,
    const_dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return is_transposed
      ? dnnl_deconvolution_forward_primitive_desc_create(
            primitive, engine, dnnl_forward_inference, dnnl_deconvolution_direct,
            DNN_DESC(source), DNN_DESC(weights), DNN_DESC(bias), DNN_DESC(result), strides,
            dilations, begin_padding, end_padding, attributes)
      : dnnl_convolution_forward_primitive_desc_create(
            primitive, engine, dnnl_forward_inference, dnnl_convolution_direct,
            DNN_DESC(source), DNN_DESC(weights), DNN_DESC(bias), DNN_DESC(result), strides,
            dilations, begin_padding, end_padding, attributes);
#else
  dnnl_convolution_desc_t operation;
  dnnl_status_t status = is_transposed
      ? dnnl_dilated_deconvolution_forward_desc_init(
            &operation, dnnl_forward_inference, dnnl_deconvolution_direct, DNN_DESC(source),
            DNN_DESC(weights), DNN_DESC(bias), DNN_DESC(result), strides, dilations,
            begin_padding, end_padding)
      : dnnl_dilated_convolution_forward_desc_init(
            &operation, dnnl_forward_inference, dnnl_convolution_direct, DNN_DESC(source),
            DNN_DESC(weights), DNN_DESC(bias), DNN_DESC(result), strides, dilations,
            begin_padding, end_padding);
  DNN_CREATE_(&operation);
#endif
}

/// The product of a batch of vectors and a matrix.
static inline dnnl_status_t dnn_inner_product(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnn_desc source, dnn_desc weights,
    dnn_desc bias, dnn_desc result, const_dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_inner_product_forward_primitive_desc_create(
      primitive, engine, dnnl_forward_inference, DNN_DESC(source), DNN_DESC(weights),
      DNN_DESC(bias), DNN_DESC(result), attributes);
#else
  dnnl_inner_product_desc_t operation;
  dnnl_status_t status = dnnl_inner_product_forward_desc_init(
      &operation, dnnl_forward_inference, DNN_DESC(source), DNN_DESC(weights), DNN_DESC(bias),
      DNN_DESC(result));
  DNN_CREATE_(&operation);
#endif
}

/// The product of matrices, or of batches of them.
static inline dnnl_status_t dnn_matmul(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnn_desc source, dnn_desc weights,
    dnn_desc bias, dnn_desc result, const_dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_matmul_primitive_desc_create(
      primitive, engine, DNN_DESC(source), DNN_DESC(weights), DNN_DESC(bias), DNN_DESC(result),
      attributes);
#else
  dnnl_matmul_desc_t operation;
  dnnl_status_t status = dnnl_matmul_desc_init(
      &operation, DNN_DESC(source), DNN_DESC(weights), DNN_DESC(bias), DNN_DESC(result));
  DNN_CREATE_(&operation);
#endif
}

/// Pooling; `dilations` are 0 for neighbours.
static inline dnnl_status_t dnn_pooling(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_alg_kind_t kind, dnn_desc source,
    dnn_desc result, const int64_t *strides, const int64_t *kernel, const int64_t *dilations,
    const int64_t *begin_padding, const int64_t *end_padding,
    const_dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_pooling_forward_primitive_desc_create(
      primitive, engine, dnnl_forward_inference, kind, DNN_DESC(source), DNN_DESC(result), strides,
      kernel, dilations, begin_padding, end_padding, attributes);
#else
  dnnl_pooling_v2_desc_t operation;
  dnnl_status_t status = dnnl_pooling_v2_forward_desc_init(
      &operation, dnnl_forward_inference, kind, DNN_DESC(source), DNN_DESC(result), strides,
      kernel, dilations, begin_padding, end_padding);
  DNN_CREATE_(&operation);
#endif
}

/// An elementwise function; the result has the source's layout.
static inline dnnl_status_t dnn_eltwise(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_alg_kind_t kind, float alpha,
    float beta, dnn_desc source, const_dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_eltwise_forward_primitive_desc_create(
      primitive, engine, dnnl_forward_inference, kind, DNN_DESC(source), DNN_DESC(source), alpha,
      beta, attributes);
#else
  dnnl_eltwise_desc_t operation;
  dnnl_status_t status = dnnl_eltwise_forward_desc_init(
      &operation, dnnl_forward_inference, kind, DNN_DESC(source), alpha, beta);
  DNN_CREATE_(&operation);
#endif
}

/// A function of two tensors; extents of 1 of the second broadcast.
static inline dnnl_status_t dnn_binary(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_alg_kind_t kind, dnn_desc first,
    dnn_desc second, dnn_desc result, const_dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_binary_primitive_desc_create(
      primitive, engine, kind, DNN_DESC(first), DNN_DESC(second), DNN_DESC(result), attributes);
#else
  dnnl_binary_desc_t operation;
  dnnl_status_t status = dnnl_binary_desc_init(
      &operation, kind, DNN_DESC(first), DNN_DESC(second), DNN_DESC(result));
  DNN_CREATE_(&operation);
#endif
}

/// PReLU with slopes that broadcast; the result has the source's layout.
static inline dnnl_status_t dnn_prelu(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnn_desc source, dnn_desc slopes,
    const_dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_prelu_forward_primitive_desc_create(
      primitive, engine, dnnl_forward_inference, DNN_DESC(source), DNN_DESC(slopes),
      DNN_DESC(source), attributes);
#else
  dnnl_prelu_desc_t operation;
  dnnl_status_t status = dnnl_prelu_forward_desc_init(
      &operation, dnnl_forward_inference, DNN_DESC(source), DNN_DESC(slopes));
  DNN_CREATE_(&operation);
#endif
}

/// Softmax, or its logarithm; the result has the source's layout, but may be of another element type.
static inline dnnl_status_t dnn_softmax(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, bool is_logarithm, dnn_desc source,
    dnn_desc result, int axis, const_dnnl_primitive_attr_t attributes) {
  dnnl_alg_kind_t kind = is_logarithm ? dnnl_softmax_log : dnnl_softmax_accurate;
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_softmax_forward_primitive_desc_create(
      primitive, engine, dnnl_forward_inference, kind, DNN_DESC(source), DNN_DESC(result), axis,
      attributes);
#else
  dnnl_softmax_v2_desc_t operation;
  dnnl_status_t status = dnnl_softmax_v2_forward_desc_init(
      &operation, dnnl_forward_inference, kind, DNN_DESC(source), DNN_DESC(result), axis);
  DNN_CREATE_(&operation);
#endif
}

/// Batch normalization with given mean, variance, scale and shift; the result has the source's layout.
static inline dnnl_status_t dnn_batch_normalization(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnn_desc source, float epsilon,
    bool has_relu, const_dnnl_primitive_attr_t attributes) {
  unsigned flags = dnnl_use_global_stats | dnnl_use_scale | dnnl_use_shift
      | (has_relu ? dnnl_fuse_norm_relu : 0);
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_batch_normalization_forward_primitive_desc_create(
      primitive, engine, dnnl_forward_inference, DNN_DESC(source), DNN_DESC(source), epsilon,
      flags, attributes);
#else
  dnnl_batch_normalization_desc_t operation;
  dnnl_status_t status = dnnl_batch_normalization_forward_desc_init(
      &operation, dnnl_forward_inference, DNN_DESC(source), epsilon, flags);
  DNN_CREATE_(&operation);
#endif
}

/// Layer normalization over the last axis with given scale and shift; the result has the source's layout.
static inline dnnl_status_t dnn_layer_normalization(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnn_desc source, float epsilon,
    bool has_scale, bool has_shift, const_dnnl_primitive_attr_t attributes) {
  unsigned flags = (has_scale ? dnnl_use_scale : 0) | (has_shift ? dnnl_use_shift : 0);
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_layer_normalization_forward_primitive_desc_create(
      primitive, engine, dnnl_forward_inference, DNN_DESC(source), DNN_DESC(source), NULL, epsilon,
      flags, attributes);
#else
  dnnl_layer_normalization_desc_t operation;
  dnnl_status_t status = dnnl_layer_normalization_forward_desc_init(
      &operation, dnnl_forward_inference, DNN_DESC(source), NULL, epsilon, flags);
  DNN_CREATE_(&operation);
#endif
}

/// Local response normalization across channels; the result has the source's layout.
static inline dnnl_status_t dnn_local_response_normalization(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnn_desc source, int64_t size,
    float alpha, float beta, float bias, const_dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_lrn_forward_primitive_desc_create(
      primitive, engine, dnnl_forward_inference, dnnl_lrn_across_channels, DNN_DESC(source),
      DNN_DESC(source), size, alpha, beta, bias, attributes);
#else
  dnnl_lrn_desc_t operation;
  dnnl_status_t status = dnnl_lrn_forward_desc_init(
      &operation, dnnl_forward_inference, dnnl_lrn_across_channels, DNN_DESC(source), size, alpha,
      beta, bias);
  DNN_CREATE_(&operation);
#endif
}

/// A reduction to the axes whose extent in the result is 1.
static inline dnnl_status_t dnn_reduction(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_alg_kind_t kind, dnn_desc source,
    dnn_desc result, float power, const_dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_reduction_primitive_desc_create(
      primitive, engine, kind, DNN_DESC(source), DNN_DESC(result), power, 0, attributes);
#else
  dnnl_reduction_desc_t operation;
  dnnl_status_t status = dnnl_reduction_desc_init(
      &operation, kind, DNN_DESC(source), DNN_DESC(result), power, 0);
  DNN_CREATE_(&operation);
#endif
}

/// A copy from one layout or type to another.
static inline dnnl_status_t dnn_reorder(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnn_desc source, dnn_desc result,
    const_dnnl_primitive_attr_t attributes) {
  return dnnl_reorder_primitive_desc_create(
      primitive, DNN_DESC(source), engine, DNN_DESC(result), engine, attributes);
}

/// Tensors one after the other along an axis; at most 64 of them.
static inline dnnl_status_t dnn_concat(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, const dnn_desc *sources, int count,
    int axis, dnn_desc result, const_dnnl_primitive_attr_t attributes) {
  if (count < 1 || count > 64) return dnnl_unimplemented;
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_concat_primitive_desc_create(
      primitive, engine, DNN_DESC(result), count, axis,
      (const_dnnl_memory_desc_t const *)sources, attributes);
#else
  dnnl_memory_desc_t *copies = (dnnl_memory_desc_t *)malloc((size_t)count * sizeof(*copies));
  if (!copies) return dnnl_out_of_memory;
  for (int index = 0; index < count; index++) copies[index] = *DNN_DESC(sources[index]);
  dnnl_status_t status = dnnl_concat_primitive_desc_create(
      primitive, DNN_DESC(result), count, axis, copies, attributes, engine);
  free(copies);
  return status;
#endif
}

/// The descriptors of a recurrent primitive; those that it doesn't have are null.
typedef struct {
  dnn_desc source, source_state, source_cell;
  dnn_desc input_weights, state_weights, peephole_weights, bias;
  dnn_desc result, result_state, result_cell;
} dnn_recurrent;

/// A long short-term memory.
static inline dnnl_status_t dnn_lstm(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_rnn_direction_t direction,
    const dnn_recurrent *r, const_dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_lstm_forward_primitive_desc_create(
      primitive, engine, dnnl_forward_inference, direction, DNN_DESC(r->source),
      DNN_DESC(r->source_state), DNN_DESC(r->source_cell), DNN_DESC(r->input_weights),
      DNN_DESC(r->state_weights), DNN_DESC(r->peephole_weights), NULL, DNN_DESC(r->bias),
      DNN_DESC(r->result), DNN_DESC(r->result_state), DNN_DESC(r->result_cell), 0, attributes);
#else
  dnnl_rnn_desc_t operation;
  dnnl_status_t status = dnnl_lstm_forward_desc_init_v3(
      &operation, dnnl_forward_inference, direction, DNN_DESC(r->source),
      DNN_DESC(r->source_state), DNN_DESC(r->source_cell), DNN_DESC(r->input_weights),
      DNN_DESC(r->state_weights), DNN_DESC(r->peephole_weights), NULL, DNN_DESC(r->bias),
      DNN_DESC(r->result), DNN_DESC(r->result_state), DNN_DESC(r->result_cell), 0);
  DNN_CREATE_(&operation);
#endif
}

/// A gated recurrent unit; `is_linear_before_reset` has the reset gate act on the state's product.
static inline dnnl_status_t dnn_gru(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, bool is_linear_before_reset,
    dnnl_rnn_direction_t direction, const dnn_recurrent *r,
    const_dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return (is_linear_before_reset ? dnnl_lbr_gru_forward_primitive_desc_create
                                 : dnnl_gru_forward_primitive_desc_create)(
      primitive, engine, dnnl_forward_inference, direction, DNN_DESC(r->source),
      DNN_DESC(r->source_state), DNN_DESC(r->input_weights), DNN_DESC(r->state_weights),
      DNN_DESC(r->bias), DNN_DESC(r->result), DNN_DESC(r->result_state), 0, attributes);
#else
  dnnl_rnn_desc_t operation;
  dnnl_status_t status =
      (is_linear_before_reset ? dnnl_lbr_gru_forward_desc_init : dnnl_gru_forward_desc_init)(
          &operation, dnnl_forward_inference, direction, DNN_DESC(r->source),
          DNN_DESC(r->source_state), DNN_DESC(r->input_weights), DNN_DESC(r->state_weights),
          DNN_DESC(r->bias), DNN_DESC(r->result), DNN_DESC(r->result_state), 0);
  DNN_CREATE_(&operation);
#endif
}

/// A recurrent layer of one gate and an activation.
static inline dnnl_status_t dnn_simple_rnn(
    dnnl_primitive_desc_t *primitive, dnnl_engine_t engine, dnnl_alg_kind_t activation,
    dnnl_rnn_direction_t direction, const dnn_recurrent *r,
    const_dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_vanilla_rnn_forward_primitive_desc_create(
      primitive, engine, dnnl_forward_inference, activation, direction, DNN_DESC(r->source),
      DNN_DESC(r->source_state), DNN_DESC(r->input_weights), DNN_DESC(r->state_weights),
      DNN_DESC(r->bias), DNN_DESC(r->result), DNN_DESC(r->result_state), 0, 0, 0, attributes);
#else
  dnnl_rnn_desc_t operation;
  dnnl_status_t status = dnnl_vanilla_rnn_forward_desc_init(
      &operation, dnnl_forward_inference, activation, direction, DNN_DESC(r->source),
      DNN_DESC(r->source_state), DNN_DESC(r->input_weights), DNN_DESC(r->state_weights),
      DNN_DESC(r->bias), DNN_DESC(r->result), DNN_DESC(r->result_state), 0, 0, 0);
  DNN_CREATE_(&operation);
#endif
}

#endif
