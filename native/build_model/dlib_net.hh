// dlib's face network as a type: fr-build-weights reads it, and the tests compare ours with it.
#pragma once

#include <dlib/dnn.h>

#include "face.hh"

namespace fr {

// As in dlib's dnn_face_recognition_ex.cpp. Residual blocks of two 3x3 convolutions, each followed by a
// fixed affine layer; a block that halves the picture adds a 2x2 average pool of its input.
template <int N, int stride, typename Input>
using Convolution = dlib::affine<dlib::con<N, 3, 3, stride, stride, Input>>;

template <int N, int stride, typename Input>
using TwoConvolutions = Convolution<N, 1, dlib::relu<Convolution<N, stride, Input>>>;

template <int N, typename Input>
using Block = dlib::relu<dlib::add_prev1<TwoConvolutions<N, 1, dlib::tag1<Input>>>>;

template <int N, typename Input>
using HalvingBlock = dlib::relu<
    dlib::add_prev2<dlib::avg_pool<2, 2, 2, 2, dlib::skip1<dlib::tag2<TwoConvolutions<N, 2, dlib::tag1<Input>>>>>>>;

template <typename Input>
using Stem = dlib::max_pool<3, 3, 2, 2, dlib::relu<dlib::affine<dlib::con<32, 7, 7, 2, 2, Input>>>>;
template <typename Input>
using Stage32 = Block<32, Block<32, Block<32, Input>>>;
template <typename Input>
using Stage64 = Block<64, Block<64, Block<64, HalvingBlock<64, Input>>>>;
template <typename Input>
using Stage128 = Block<128, Block<128, HalvingBlock<128, Input>>>;
template <typename Input>
using Stage256 = HalvingBlock<256, Block<256, Block<256, HalvingBlock<256, Input>>>>;

using DlibNet = dlib::loss_metric<dlib::fc_no_bias<
    kVectorSize, dlib::avg_pool_everything<
                     Stage256<Stage128<Stage64<Stage32<Stem<dlib::input_rgb_image_sized<kChipSide>>>>>>>>>;

}  // namespace fr
